# shellcheck shell=bash
# Rows over HTTP beside a yardstick, each as fast as it goes: wrk, one thread, 64 keep-alive connections, the same for
# all of a row. Sourced by scripts/bench.

turn_s() { echo "${seconds:-5}"; }
needs_wrk() { command -v wrk >/dev/null || { say '  skipped: needs wrk (scripts/packages test)' && return 1; }; }
needs_node() { has_node || { say '  skipped: the peer needs Node.js 20 or newer, and npm' && return 1; }; }

# http_pairs ROW FLOOR GOAL OURS NAME YARDSTICK: OURS and YARDSTICK each take a turn of so many seconds.
http_pairs() {
  local row=$1 floor=$2 goal=$3 ours=$4 name=$5 yardstick=$6 round mine other ratios=() rates=() details
  { "$ours" 2 && "$yardstick" 2; } >/dev/null || return # a JIT warms up
  for ((round = 1; round <= rounds; ++round)); do
    mine=$("$ours" "$(turn_s)") || return
    other=$("$yardstick" "$(turn_s)") || return
    ratios+=("$(calculate "$(member rate "$mine") / $(member rate "$other")")")
    rates+=("[$(member rate "$mine"), $(member rate "$other")]")
    printf '  %d  ratio %s\n' "$round" "${ratios[-1]}"
    show epicura "$mine"
    show "$name" "$other"
  done
  details="\"yardstick\": \"$name\", \"pairs\": [$(join_by ', ' "${rates[@]}")]"
  verdict "$row" '' more "$floor" "$goal" "${ratios[@]}"
}

row_device_status() {
  local skip=0 enough=0 clients round mine alone shares=() rates=() details
  say 'device-status: GET /api/devices/{id} with a JWT, from PostgreSQL each time'
  needs_wrk || return 4
  device
  if needs_node; then
    peer
    peer_device
    say '  beside the peer'
    http_pairs device-status 8 10 our_status peer peer_status || enough=1
  else
    skip=4
  fi
  pgbench_table
  clients=$(pgbench_clients)
  say '  beside pgbench -S -M prepared, one thread'
  for ((round = 1; round <= rounds; ++round)); do
    mine=$(our_status "$(turn_s)")
    alone=$(pgbench_turn "$(turn_s)" "$clients")
    shares+=("$(calculate "100 * $(member rate "$mine") / $alone" .1f)")
    rates+=("[$(member rate "$mine"), $alone]")
    printf '  %d  %s %%\n' "$round" "${shares[-1]}"
    show epicura "$mine"
    printf '     %-8s  %6.0f/s with %d clients\n' pgbench "$alone" "$clients"
  done
  details="\"yardstick\": \"pgbench\", \"pairs\": [$(join_by ', ' "${rates[@]}")]"
  verdict status-pgbench ' %' more - 70 "${shares[@]}"
  if ((enough > 0)); then return 1; fi
  return "$skip"
}

row_me() {
  say 'me: GET /api/auth/me with a JWT, the user from PostgreSQL each time'
  needs_wrk || return 4
  needs_node || return 4
  person
  peer
  peer_device
  http_pairs me 8 10 our_me peer peer_me
}

row_http_telemetry() {
  say 'http-telemetry: POST /api/devices/{id}/telemetry, two new readings each, durable, beside the insert of the peer'
  needs_wrk || return 4
  needs_node || return 4
  work_database_in
  device
  peer
  peer_device
  http_pairs http-telemetry 6 8 our_telemetry peer peer_telemetry
}

row_plain_request() {
  say 'plain-request: /health by a request actor, beside Rest::Router of Pistache with one thread'
  needs_wrk || return 4
  router
  http_pairs plain-request 1 1.5 our_health router router_health
}
