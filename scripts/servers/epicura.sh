# shellcheck shell=bash
# The program of the stack. Sourced by scripts/stack.

epicura_bin=$build/epicura

database_url() { echo "postgresql://epicura:$(secret postgres_password)@$(address_of postgres)/epicura"; }
nats_url_of() { echo "nats://$1:$(secret "nats_$1_password")@$(address_of nats)"; } # USER

# run_epicura WORDS...: the program with the stack's settings. Further settings may stand in the caller's environment.
epicura_settings=()
collect_settings() {
  epicura_settings=(
    -u EPICURA_RUN_DIR -u EPICURA_BUILD -u EPICURA_STACK_NO_BUILD
    "EPICURA_ENVIRONMENT=${EPICURA_ENVIRONMENT:-development}" "EPICURA_SECRETS_DIR=$run/secrets"
    "DATABASE_URL=$(database_url)" "NATS_URL=$(nats_url_of epicura)" "NATS_OPS_URL=$(nats_url_of ops)"
    "MQTT_BROKER_URL=unix://$(mosquitto_socket)" EPICURA_MQTT_HOST=127.0.0.1 "EPICURA_MQTT_PORT=$(port_of mosquitto)"
    "PORT=$(port_of epicura)" "EPICURA_OPS_PORT=$(port_of epicura-ops)" "EPICURA_PUBLIC_URL=http://$(address_of epicura)"
    "JWT_SECRET=$(secret jwt_secret)" "EPICURA_DEVICE_TOKEN_SECRET=$(secret device_token_secret)"
    "EPICURA_BRIDGE_PASSWORD=$(secret bridge_password)")
}
run_epicura() { (cd "$root" && env "${epicura_settings[@]}" "$epicura_bin" "$@"); }

migrate() {
  collect_settings
  if ! run_epicura migrate >"$run/log/migrate.log" 2>&1; then
    log_tail migrate
    fail "epicura migrate failed"
  fi
}

start_epicura() {
  [[ -x $epicura_bin ]] || fail "the program is not built: $epicura_bin"
  collect_settings
  demand_port epicura
  demand_port epicura-ops
  launch epicura "$root" env "${epicura_settings[@]}" "$epicura_bin" serve
}

# /ready says 200 when every dependency is there and the broker has saved the bridge's session.
ready_epicura() {
  [[ $(curl -s -o /dev/null -m 2 -w '%{http_code}' "http://$(address_of epicura-ops)/ready" || true) == 200 ]]
}

# Does the running program come from another binary than the one that is built now?
epicura_is_outdated() {
  local pid
  pid=$(pid_of epicura) && [[ -x $epicura_bin && ! /proc/$pid/exe -ef $epicura_bin ]]
}
