# shellcheck shell=bash
# $run/env: where everything is, for tests and people; lines NAME='value'. Sourced by scripts/stack.

was_started() { [[ -s $run/pid/$1 ]]; }

environment_lines() {
  local name pid
  if was_started epicura; then
    echo "EPICURA_URL='http://$(address_of epicura)'"
    echo "EPICURA_OPS_URL='http://$(address_of epicura-ops)'"
    if alive epicura && [[ -s $run/secrets/admin_token ]]; then
      echo "EPICURA_ADMIN_TOKEN='$(secret admin_token)'"
    fi
  fi
  if was_started postgres; then echo "DATABASE_URL='$(database_url)'"; fi
  if was_started nats; then
    echo "NATS_URL='$(nats_url_of epicura)'"
    echo "NATS_OPS_URL='$(nats_url_of ops)'"
    echo "NATS_RECORDER_URL='$(nats_url_of recorder)'"
    echo "NATS_REPLAYER_URL='$(nats_url_of replayer)'"
  fi
  if was_started mosquitto; then
    echo "MQTT_HOST='127.0.0.1'"
    echo "MQTT_PORT='$(port_of mosquitto)'"
  fi
  for name in "${servers[@]}"; do
    if pid=$(pid_of "$name"); then echo "${name^^}_PID='$pid'"; fi
  done
  echo "EPICURA_BIN='$epicura_bin'"
}

write_environment() {
  (umask 077 && environment_lines >"$run/env.new")
  mv -f "$run/env.new" "$run/env"
}
