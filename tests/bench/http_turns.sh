# shellcheck shell=bash
# Turns of load over HTTP: each prints one line of JSON. Sourced by scripts/bench.

# The next times of readings that nobody has sent yet: prints the first, in ms since 1970. From 6 days ago on.
new_readings() { # COUNT
  local next
  next=$(cat "$run/next_reading" 2>/dev/null || echo $(($(now_ms) - 6 * 86400000)))
  echo "$next"
  echo $((next + $1)) >"$run/next_reading"
}

# User and system time of NAME=PID... so far, each with its children (the back ends of a postmaster), in ms.
cpu_of_all() {
  local process child sum
  for process in "$@"; do
    sum=$(cpu_ms "${process#*=}")
    for child in $(pgrep -P "${process#*=}"); do sum=$((sum + $(cpu_ms "$child"))); done
    echo "${process%%=*} $sum"
  done
}

# closed_turn SECONDS URL [OPTION...] [-- readings]: wrk on 64 keep-alive connections, each with its next request as soon as
# it has its answer; one thread, since the machine is the servers' too. `watched` is an array of NAME=PID. Every answer
# has to be 2xx.
closed_turn() {
  local length=$1 url=$2 words=() line before after cpu
  shift 2
  while (($# > 0)) && [[ $1 != -- ]]; do words+=("$1") && shift; done
  words+=(-s "$parts/turn.lua" "$url")
  if [[ ${2:-} == readings ]]; then words+=(-- readings "$(new_readings $((length * 200000)))"); fi
  before=$(cpu_of_all "${watched[@]}")
  line=$(wrk -t1 -c64 "-d${length}s" "${words[@]}" 2>&1 | tail -n 1)
  after=$(cpu_of_all "${watched[@]}")
  if [[ $line != '{'* || $(member failed "$line") != 0 || $(member answered "$line") == 0 ]]; then
    say "  requests failed at $url: $line" >&2
    return 1
  fi
  cpu=$(paste -d ' ' <(echo "$before") <(echo "$after") |
    awk -v n="$(member answered "$line")" '{ printf "%s\"%s\":%.1f", (NR > 1 ? "," : ""), $1, ($4 - $2) * 1000 / n }')
  echo "${line%\}},\"cpu_us_a_request\":{$cpu}}"
}

# open_turn SECONDS URL RATE [OPTION...]: bench_open_loop, at a rate that does not wait for the server.
open_turn() {
  local length=$1 url=$2 rate=$3 words=() process
  shift 3
  for process in "${watched[@]}"; do words+=(--process "$process"); done
  "$built/tests/bench_open_loop" --url "$url" --rate "$rate" --seconds "$length" "${words[@]}" "$@" 2>"$run/load.log" ||
    { cat "$run/load.log" >&2 && return 1; }
}

# show NAME LINE: what a turn gave, on a line for people. A closed turn has a rate, an open one was given it.
show() {
  local rate
  rate=$(member rate "$2")
  if [[ -n $rate ]]; then rate=$(printf ' %6.0f/s' "$rate"); fi
  printf '     %-8s%s  p50 %6.2f ms  p99 %6.2f ms  max %7.2f ms  CPU us a request: %s\n' "$1" "$rate" \
    "$(in_ms p50_us "$2")" "$(in_ms p99_us "$2")" "$(in_ms max_us "$2")" "$(cpu_of_turn "$2")"
}
in_ms() { calculate "$(member "$1" "$2") / 1000"; }
cpu_of_turn() { sed 's/.*"cpu_us_a_request":{\([^}]*\)}.*/\1/; s/"//g; s/:/ /g; s/,/, /g' <<<"$1"; }

# What was taken in over HTTP stands in the table: at least what was answered, at most what was made, nothing twice.
# (wrk hangs up on what is under way when its time is over; the open loop waits for all.)
all_is_written() { # ROWS-BEFORE LINE
  local least=$(($1 + 2 * $(member answered "$2"))) most=$(($1 + 2 * $(member made "$2"))) last=-1 rows
  settled() {
    rows=$(ask 'select count(*) from device_telemetry')
    ((rows >= least && rows == last)) || { last=$rows && return 1; }
  }
  until_true 60 settled || true
  if ((rows < least || rows > most)); then
    say "  NOT ENOUGH: $((rows - $1)) rows are written, of $((least - $1)) readings answered and $((most - $1)) sent" >&2
    return 1
  fi
}
