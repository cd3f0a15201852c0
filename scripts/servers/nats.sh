# shellcheck shell=bash
# nats-server of the stack; conf/nats-server.conf takes what differs from the environment. Sourced by scripts/stack.

# nats-server parses these values: a password of digits would be a number.
quoted() { printf '"%s"' "$1"; }

# Pots of a test are nobody's: there a recorded command may be replayed.
replayer_denied() {
  if [[ ${EPICURA_ENVIRONMENT:-} == test ]]; then
    echo '["cloud.>"]' # nothing of epicura.>
  else
    echo '["epicura.*.commands", "epicura.*.ota", "epicura.*.shadow.desired"]'
  fi
}

start_nats() {
  command -v nats-server >/dev/null || missing_program nats-server
  demand_port nats
  mkdir -p "$run/nats"
  (
    # Half of the cores: on all of them it competes with those that it serves. On two cores its CPU a message fell by a third.
    GOMAXPROCS=${GOMAXPROCS:-$((($(nproc) + 1) / 2))}
    NATS_PORT=$(port_of nats)
    NATS_STORE_DIR=$(quoted "$run/nats")
    NATS_EPICURA_PASSWORD=$(quoted "$(secret nats_epicura_password)")
    NATS_OPS_PASSWORD=$(quoted "$(secret nats_ops_password)")
    NATS_RECORDER_PASSWORD=$(quoted "$(secret nats_recorder_password)")
    NATS_REPLAYER_PASSWORD=$(quoted "$(secret nats_replayer_password)")
    NATS_REPLAYER_DENIED=$(replayer_denied)
    export GOMAXPROCS NATS_PORT NATS_STORE_DIR NATS_EPICURA_PASSWORD NATS_OPS_PASSWORD NATS_RECORDER_PASSWORD \
      NATS_REPLAYER_PASSWORD NATS_REPLAYER_DENIED
    launch nats "$run" nats-server --config "$(configuration nats-server.conf)"
  )
}

# The server greets who connects; it listens only after JetStream has recovered its streams.
ready_nats() {
  local greeting
  { read -r -t 1 greeting <"/dev/tcp/127.0.0.1/$(port_of nats)"; } 2>/dev/null && [[ $greeting == INFO* ]]
}
