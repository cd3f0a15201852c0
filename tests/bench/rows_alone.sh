# shellcheck shell=bash
# Rows that need no yardstick beside them: shares of a core, memory, seconds. Sourced by scripts/bench.

row_devices_5000() {
  local devices=5000 readings=3 length=${seconds:-300} before expected line began=0 ended=0 from=0 to=0 end=
  say "devices-5000: $devices devices, a message of $readings readings a second each, $length s"
  if (($(ulimit -n) < devices + 1000)); then
    say "  skipped: needs $((devices + 1000)) open files, the limit is $(ulimit -n) (ulimit -n)"
    return 4
  fi
  before=$(ask 'select count(*) from device_telemetry')
  # A line of progress each second: from the first second of sending to the last.
  while IFS= read -r line; do
    if [[ $line == '{'* ]]; then end=$line; fi
    [[ $line =~ ^\ *([0-9]+)\ s\  ]] || continue
    if ((BASH_REMATCH[1] < 1 || BASH_REMATCH[1] > length)); then continue; fi
    ended=$(now_ms)
    to=$(cpu_ms "$EPICURA_PID")
    if ((began == 0)); then began=$ended from=$to; fi
  done < <("$EPICURA_BIN" simulate --devices "$devices" --rate 1 --readings "$readings" --seconds "$length" --json 2>"$run/simulate.log")
  if [[ -z $end ]] || ((ended <= began)); then
    cat "$run/simulate.log" >&2
    return 1
  fi
  expected=$(member readings "$end")
  have_all() { (($(ask 'select count(*) from device_telemetry') - before >= expected)); }
  until_true 30 have_all || true
  local rows=$(($(ask 'select count(*) from device_telemetry') - before))
  say "  sent $(member sent "$end"), acknowledged $(member acknowledged "$end"), late $(member late "$end") messages;" \
    "p50 $(member p50_us "$end") us, p99 $(member p99_us "$end") us; $rows rows of $expected readings"
  if ((rows != expected || $(member sent "$end") != $(member acknowledged "$end") || expected < devices * readings * (length - 2))); then
    say '  NOT ENOUGH: readings are missing, or there are too many'
    return 1
  fi
  verdict devices-5000 ' % of a core' less 30 20 "$(calculate "100 * ($to - $from) / ($ended - $began)" .1f)"
}

# Straight into the stream, so that nothing of brokers and connections counts; slowly, so that what queues need is small.
# What a twin costs beyond itself counts with it: its place in the directory, and the writer's time of the last reading.
row_twins_rss() {
  local twins=100000 metrics=3 before after last written looks
  say "twins-rss: resident memory with $twins live twins of $metrics metrics each, less that with none"
  stack restart epicura >/dev/null
  read_environment
  sleep 2
  before=$(rss_kb "$EPICURA_PID")
  [[ $(metric epicura_twins) == 0 ]] || { say '  there are twins already' && return 1; }
  "$built/tests/bench_twins" "$NATS_URL" "$twins" 4000 >"$run/twins.log" 2>&1 || { cat "$run/twins.log" >&2 && return 1; }
  all_written() {
    written=$(metric epicura_rows_written_total)
    ((written == twins * metrics)) && [[ $(metric epicura_intake_open_messages) == 0 ]]
  }
  until_true 60 all_written || { say "  only $written rows of $((twins * metrics)) are written" && return 1; }
  # Until it stands still for 3 s, a minute at most.
  after=0
  for ((looks = 0; looks < 20; ++looks)); do
    last=$after after=$(rss_kb "$EPICURA_PID")
    if ((after - last <= 100 && last - after <= 100)); then break; fi
    sleep 3
  done
  say "  $before kB with none, $after kB with $(metric epicura_twins)"
  [[ $(metric epicura_twins) == "$twins" ]] || { say '  the twins are not all alive' && return 1; }
  verdict twins-rss ' kB a twin' less 6 4 "$(calculate "($after - $before) / $twins")"
}

row_start() {
  local round old times=() ready_ms length=${seconds:-60} from share enough=0
  say 'start: exec to the first 200 of /ready, everything else up; CPU while idle, no device'
  for ((round = 1; round <= rounds; ++round)); do
    old=$(cut -d ' ' -f 1 "$run/stack/pid/epicura")
    kill "$old"
    until_true 15 eval "! kill -0 $old 2>/dev/null" || return 1
    stack restart --no-wait epicura >"$run/restart.log" 2>&1 &
    is_new() { [[ -s $run/stack/pid/epicura && $(cut -d ' ' -f 1 "$run/stack/pid/epicura") != "$old" ]]; }
    is_ready() { [[ $(curl -s -o /dev/null -m 1 -w '%{http_code}' "$EPICURA_OPS_URL/ready") == 200 ]]; }
    { until_soon 15 is_new && until_soon 90 is_ready; } || { cat "$run/restart.log" >&2 && return 1; }
    # The process began, by its own account in ticks of 10 ms since boot.
    ready_ms=$(awk '{ printf "%.0f", $1 * 1000 }' /proc/uptime)
    wait $!
    read_environment
    times+=("$(calculate "($ready_ms - $(sed 's/.*) //' "/proc/$EPICURA_PID/stat" | cut -d ' ' -f 20) * 1000 / $(getconf CLK_TCK)) / 1000")")
    say "  $round  ready after ${times[-1]} s"
  done
  verdict start ' s' less 3 2 "${times[@]}" || enough=1
  sleep 5
  from=$(cpu_ms "$EPICURA_PID")
  sleep "$length"
  share=$(calculate "($(cpu_ms "$EPICURA_PID") - $from) / 10 / $length")
  verdict idle ' % of a core' less 2 1 "$share" || enough=1
  return "$enough"
}
