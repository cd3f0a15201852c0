# shellcheck shell=bash
# Rows about recording and replaying, on a nats-server of their own where nobody else works. Sourced by scripts/bench.

# Sets nats_url_of_epicura and the like; the server has the house's configuration.
bare_nats() {
  local port
  if [[ ! -s $run/nats.pid ]]; then
    port=$(free_port)
    NATS_PORT=$port NATS_STORE_DIR="\"$run/nats-store\"" NATS_EPICURA_PASSWORD='"bench"' NATS_OPS_PASSWORD='"bench"' \
      NATS_RECORDER_PASSWORD='"bench"' NATS_REPLAYER_PASSWORD='"bench"' NATS_REPLAYER_DENIED='["epicura.*.commands"]' \
      GOMAXPROCS=$((($(nproc) + 1) / 2)) nats-server --config "$root/conf/nats-server.conf" </dev/null >"$run/nats.log" 2>&1 &
    echo $! >"$run/nats.pid"
    echo "$port" >"$run/nats.port"
    until_true 10 "$built/tests/bench_stream" empty "$(bare_nats_url epicura)" || { cat "$run/nats.log" >&2 && return 1; }
  fi
}
bare_nats_url() { echo "nats://$1:bench@127.0.0.1:$(<"$run/nats.port")"; } # USER

recording_of() { # MESSAGES
  [[ -s $run/$1.jsonl ]] || "$built/tests/bench_stream" recording "$run/$1.jsonl" "$1" >/dev/null
  echo "$run/$1.jsonl"
}

# replay_turn MESSAGES: the whole command, the look through the file with it; prints messages a second and its largest
# resident memory in kB.
replay_turn() {
  local file began took pid peak=0 now
  file=$(recording_of "$1")
  "$built/tests/bench_stream" empty "$(bare_nats_url epicura)" >/dev/null
  began=$(now_ms)
  NATS_REPLAYER_URL=$(bare_nats_url replayer) "$EPICURA_BIN" replay --speed max --json --quiet "$file" >"$run/replay.json" 2>"$run/replay.log" &
  pid=$!
  while now=$(sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\).*/\1/p' "/proc/$pid/status" 2>/dev/null) && [[ -n $now ]]; do
    peak=$now
    sleep 0.05
  done
  wait "$pid" || { cat "$run/replay.log" >&2 && return 1; }
  took=$(($(now_ms) - began))
  [[ $(member published "$(<"$run/replay.json")") == "$1" ]] || { say "  not all is published: $(<"$run/replay.json")" >&2 && return 1; }
  echo "$(calculate "$1 * 1000 / $took" .0f) $peak"
}

js_publish_turn() { # MESSAGES
  local line
  "$built/tests/bench_stream" empty "$(bare_nats_url epicura)" >/dev/null
  line=$("$built/tests/bench_stream" publish "$(bare_nats_url epicura)" "$1") || { say "  $line" >&2 && return 1; }
  calculate "$(member messages "$line") / $(member seconds "$line")" .0f
}

row_replay() {
  local messages=500000 round mine other rates=() ratios=() small large details
  say "replay: $messages messages as fast as it goes, beside js_PublishAsync alone"
  bare_nats
  for ((round = 1; round <= rounds; ++round)); do
    read -r mine _ < <(replay_turn "$messages")
    other=$(js_publish_turn "$messages")
    ratios+=("$(calculate "$mine / $other")")
    rates+=("[$mine, $other]")
    printf '  %d  epicura replay %6.0f/s  js_PublishAsync %6.0f/s  ratio %s\n' "$round" "$mine" "$other" "${ratios[-1]}"
  done
  details="\"yardstick\": \"js_PublishAsync\", \"pairs\": [$(join_by ', ' "${rates[@]}")]"
  verdict replay '' more 0.70 1 "${ratios[@]}" || return 1
  details=
  read -r _ small < <(replay_turn 100000)
  read -r _ large < <(replay_turn 1000000)
  say "  largest resident memory: $small kB with 100,000 messages, $large kB with 1,000,000"
  verdict replay-memory 'x that of 100,000' less 1.25 1.1 "$(calculate "$large / $small")"
}

row_record() {
  local rate=20000 length=${seconds:-10} round pid line from shares=()
  say "record: $rate messages/s from core NATS into a file"
  bare_nats
  for ((round = 1; round <= rounds; ++round)); do
    rm -f "$run/record.jsonl"
    NATS_RECORDER_URL=$(bare_nats_url recorder) "$EPICURA_BIN" record --out "$run/record.jsonl" --json --quiet >"$run/record.json" 2>"$run/record.log" &
    pid=$!
    until_true 10 test -s "$run/record.jsonl.part" || return 1 # the beginning is written out each second, once it listens
    from=$(cpu_ms "$pid")
    line=$("$built/tests/bench_stream" pass "$(bare_nats_url epicura)" "$rate" "$length") || { say "  $line" >&2 && return 1; }
    shares+=("$(calculate "($(cpu_ms "$pid") - $from) / 10 / $(member seconds "$line")" .1f)")
    kill "$pid" # it takes what has come, and ends
    wait "$pid" || { cat "$run/record.log" "$run/record.json" >&2 && return 1; }
    say "  $round  sent $(member messages "$line"), recorded $(member messages "$(<"$run/record.json")"), gaps $(member gaps "$(<"$run/record.json")"); ${shares[-1]} % of a core"
    if [[ $(member messages "$line") != "$(member messages "$(<"$run/record.json")")" || $(member gaps "$(<"$run/record.json")") != 0 ]]; then
      say '  NOT ENOUGH: messages are missing'
      return 1
    fi
  done
  verdict record ' % of a core' less 30 20 "${shares[@]}"
}
