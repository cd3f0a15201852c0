# shellcheck shell=bash
# Rows beside a yardstick: one turn of ours, one of the yardstick's, as often as --rounds says. Sourced by scripts/bench.
# What is fair between them is said in throughput.cpp.

# load ARGUMENTS...: one turn; prints bench_throughput's line.
load() {
  "$built/tests/bench_throughput" --kitchen "$run/kitchen" --devices "$load_devices" --seconds "${seconds:-10}" "$@" 2>"$run/load.log" ||
    { cat "$run/load.log" >&2 && return 1; }
}

# All that was acknowledged stands in the table, and nothing twice: counted there, not taken from the program's counter.
ours() {
  local before line
  before=$(ask 'select count(*) from device_telemetry')
  line=$(load --port "$MQTT_PORT" --counter "$EPICURA_OPS_URL/metrics?name%5B%5D=epicura_rows_written_total" --name epicura_rows_written_total \
    --process "epicura=$EPICURA_PID" --process "nats=$NATS_PID" --process "mosquitto=$MOSQUITTO_PID" --process "postgres=$POSTGRES_PID")
  if (($(ask 'select count(*) from device_telemetry') - before != $(member acknowledged "$line"))); then
    say "  rows and acknowledged messages differ: $line" >&2
    return 1
  fi
  echo "$line"
}
bare() { load --port "$broker_port" --subscribe "$broker_socket" --process "mosquitto=$broker_pid"; }
peers() {
  load --port "$broker_port" --counter "$peer_url/metrics" --name peer_rows_written_total \
    --process "peer=$peer_pid" --process "mosquitto=$broker_pid" --process "postgres=$POSTGRES_PID"
}

cpu_of() { sed 's/.*"cpu_us_a_message":{\([^}]*\)}.*/\1/; s/"//g; s/:/ /g; s/,/, /g' <<<"$1"; }

# pairs ROW FLOOR GOAL NAME COMMAND: COMMAND is a turn of the yardstick NAME.
pairs() {
  local row=$1 floor=$2 goal=$3 name=$4 command=$5 round mine other rates=() ratios=() details
  for ((round = 1; round <= rounds; ++round)); do
    mine=$(ours)
    other=$("$command")
    ratios+=("$(calculate "$(member rate "$mine") / $(member rate "$other")")")
    rates+=("[$(member rate "$mine"), $(member rate "$other")]")
    printf '  %d  epicura %6.0f/s  %s %6.0f/s  ratio %s\n' "$round" "$(member rate "$mine")" "$name" "$(member rate "$other")" "${ratios[-1]}"
    printf '     CPU us a message: %s\n     %s: %s\n' "$(cpu_of "$mine")" "$name" "$(cpu_of "$other")"
  done
  details="\"yardstick\": \"$name\", \"pairs\": [$(join_by ', ' "${rates[@]}")]"
  verdict "$row" '' more "$floor" "$goal" "${ratios[@]}"
}

row_mqtt_rows() {
  say 'mqtt-rows: MQTT QoS 1 to committed rows, beside publisher -> bare Mosquitto -> subscriber'
  work_database_in
  kitchen
  bare_broker
  pairs mqtt-rows 0.55 0.70 bare bare
}

row_mqtt_rows_peer() {
  say 'mqtt-rows-peer: MQTT QoS 1 to committed rows, beside the peer'
  if ! has_node; then
    say '  skipped: needs Node.js 20 or newer, and npm'
    return 4
  fi
  work_database_in
  kitchen
  peer
  pairs mqtt-rows-peer 1.4 1.7 peer peers
}
