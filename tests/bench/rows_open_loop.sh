# shellcheck shell=bash
# Latency over HTTP at a rate that does not wait for the server: each counts from when its request was due (open_loop.hpp).
# Sourced by scripts/bench.

peer_share=0.7

# latency_pairs ROW RATE OURS PEERS: OURS and PEERS take a turn of SECONDS at RATE.
latency_pairs() {
  local row=$1 rate=$2 ours=$3 peers=$4 round mine other ratios=() pairs=() details
  { "$ours" 2 "$rate" && "$peers" 2 "$rate"; } >/dev/null || return
  for ((round = 1; round <= rounds; ++round)); do
    mine=$("$ours" "$(turn_s)" "$rate") || return
    other=$("$peers" "$(turn_s)" "$rate") || return
    ratios+=("$(calculate "$(member p99_us "$mine") / $(member p99_us "$other")")")
    pairs+=("[$(member p99_us "$mine"), $(member p99_us "$other")]")
    printf '  %d  p99 ratio %s\n' "$round" "${ratios[-1]}"
    show epicura "$mine"
    show peer "$other"
  done
  details="\"rate\": $rate, \"p99_us\": [$(join_by ', ' "${pairs[@]}")]"
  verdict "$row" '' less 1 1 "${ratios[@]}"
}

open_status() { our_processes && open_turn "$1" "$device_url" "$2" --token "$EPICURA_ADMIN_TOKEN"; }
peer_open_status() { peer_processes && open_turn "$1" "$peer_device_url" "$2" --token "$peer_token"; }
readings_for() { new_readings $((($1 + 2) * $2)); } # SECONDS RATE

open_telemetry() {
  local before line
  before=$(ask 'select count(*) from device_telemetry')
  our_processes "nats=$NATS_PID"
  line=$(open_turn "$1" "$device_url/telemetry" "$2" --token "$device_token" --readings "$(readings_for "$@")") || return
  all_is_written "$before" "$line" || return
  echo "$line"
}
peer_open_telemetry() {
  peer_processes
  open_turn "$1" "$peer_device_url/telemetry" "$2" --token "$peer_token" --readings "$(readings_for "$@")"
}

row_http_latency() {
  local most rate enough=0
  say 'http-latency: p99 at 70 % of the most that the peer does, the same rate for both, counted from when a request was due'
  needs_wrk || return 4
  needs_node || return 4
  device
  peer
  peer_device
  peer_status 2 >/dev/null
  most=$(member rate "$(peer_status "$(turn_s)")")
  rate=$(calculate "$most * $peer_share" .0f)
  say "  device status at $rate/s"
  latency_pairs status-p99 "$rate" open_status peer_open_status || enough=1
  peer_telemetry 2 >/dev/null
  most=$(member rate "$(peer_telemetry "$(turn_s)")")
  rate=$(calculate "$most * $peer_share" .0f)
  say "  telemetry at $rate/s"
  latency_pairs telemetry-p99 "$rate" open_telemetry peer_open_telemetry || enough=1
  return "$enough"
}

row_http_connections() {
  local busy=1000 idle=9000 rate=4000 round alone beside ratios=() sizes=() pairs=() details enough=0
  say "http-connections: device status at $rate/s on $busy connections, alone and beside $idle idle ones"
  if (($(ulimit -n) < busy + idle + 100)); then
    say "  skipped: needs $((busy + idle + 100)) open files, the limit is $(ulimit -n) (ulimit -n)"
    return 4
  fi
  device
  our_processes
  crowd() { open_turn "$(turn_s)" "$device_url" "$rate" --token "$EPICURA_ADMIN_TOKEN" --connections "$busy" "$@"; }
  crowd >/dev/null
  for ((round = 1; round <= rounds; ++round)); do
    alone=$(crowd)
    beside=$(crowd --idle "$idle")
    ratios+=("$(calculate "$(member p99_us "$beside") / $(member p99_us "$alone")")")
    pairs+=("[$(member p99_us "$alone"), $(member p99_us "$beside")]")
    sizes+=("$(calculate "$(member epicura "${beside##*rss_kb}") / 1024" .1f)")
    printf '  %d  p99 ratio %s, resident %s MB\n' "$round" "${ratios[-1]}" "${sizes[-1]}"
    show alone "$alone"
    show beside "$beside"
  done
  details="\"rate\": $rate, \"p99_us\": [$(join_by ', ' "${pairs[@]}")]"
  verdict crowd-p99 '' less 2 2 "${ratios[@]}" || enough=1
  verdict crowd-rss ' MB' less 200 200 "${sizes[@]}" || enough=1
  return "$enough"
}
