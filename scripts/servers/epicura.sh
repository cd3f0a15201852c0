# shellcheck shell=bash
# The program of the stack. Sourced by scripts/stack.

epicura_bin=$build/epicura

database_url() { echo "postgresql://epicura:$(secret postgres_password)@$(address_of postgres)/epicura"; }
nats_url_of() { echo "nats://$1:$(secret "nats_$1_password")@$(address_of nats)"; } # USER

# The stack's settings, by their own names, which win over the older ones that a caller may have set. Further settings may
# stand in the caller's environment. For a subshell.
export_settings() {
  # Of scripts and tests: the program refuses to start with what it does not know.
  unset EPICURA_RUN_DIR EPICURA_BUILD EPICURA_STACK_NO_BUILD EPICURA_FAULT_SEED EPICURA_SOAK
  unset DATABASE_URL NATS_URL NATS_OPS_URL MQTT_BROKER_URL PORT JWT_SECRET JWT_REFRESH_SECRET
  EPICURA_ENVIRONMENT=${EPICURA_ENVIRONMENT:-development}
  EPICURA_SECRETS_DIR=$run/secrets
  EPICURA_DATABASE_URL=$(database_url)
  EPICURA_NATS_URL=$(nats_url_of epicura)
  EPICURA_NATS_OPS_URL=$(nats_url_of ops)
  EPICURA_MQTT_BROKER_URL=unix://$(mosquitto_socket)
  EPICURA_MQTT_HOST=127.0.0.1
  EPICURA_MQTT_PORT=$(port_of mosquitto)
  EPICURA_PORT=$(port_of epicura)
  EPICURA_OPS_PORT=$(port_of epicura-ops)
  EPICURA_PUBLIC_URL=http://$(address_of epicura)
  EPICURA_JWT_SECRET=$(secret jwt_secret)
  EPICURA_JWT_REFRESH_SECRET=$(secret jwt_refresh_secret)
  EPICURA_MAIL_LINK_SECRET=$(secret mail_link_secret)
  EPICURA_MFA_SECRET=$(secret mfa_secret)
  EPICURA_API_KEY_SECRET=$(secret api_key_secret)
  EPICURA_UPLOAD_SECRET=$(secret upload_secret)
  EPICURA_DEVICE_TOKEN_SECRET=$(secret device_token_secret)
  EPICURA_BRIDGE_PASSWORD=$(secret bridge_password)
  EPICURA_MAIL_DIR=$run/mail
  EPICURA_MEDIA_DIR=$run/media
  # No quotas, but for who tests them.
  EPICURA_QUOTA_USER_PER_MIN=${EPICURA_QUOTA_USER_PER_MIN:-0}
  EPICURA_QUOTA_AUTH_PER_MIN=${EPICURA_QUOTA_AUTH_PER_MIN:-0}
  EPICURA_QUOTA_FAILED_LOG_INS=${EPICURA_QUOTA_FAILED_LOG_INS:-0}
  EPICURA_QUOTA_READINGS_PER_S=${EPICURA_QUOTA_READINGS_PER_S:-0}
  export EPICURA_ENVIRONMENT EPICURA_SECRETS_DIR EPICURA_DATABASE_URL EPICURA_NATS_URL EPICURA_NATS_OPS_URL \
    EPICURA_MQTT_BROKER_URL EPICURA_MQTT_HOST EPICURA_MQTT_PORT EPICURA_PORT EPICURA_OPS_PORT EPICURA_PUBLIC_URL \
    EPICURA_JWT_SECRET EPICURA_JWT_REFRESH_SECRET EPICURA_MAIL_LINK_SECRET EPICURA_MFA_SECRET \
    EPICURA_API_KEY_SECRET EPICURA_UPLOAD_SECRET EPICURA_DEVICE_TOKEN_SECRET EPICURA_BRIDGE_PASSWORD \
    EPICURA_MAIL_DIR EPICURA_MEDIA_DIR \
    EPICURA_QUOTA_USER_PER_MIN EPICURA_QUOTA_AUTH_PER_MIN EPICURA_QUOTA_FAILED_LOG_INS EPICURA_QUOTA_READINGS_PER_S
}

# run_epicura WORDS...: the program with the stack's settings.
run_epicura() { (cd "$root" && export_settings && exec "$epicura_bin" "$@"); }

migrate() {
  if ! run_epicura migrate >"$run/log/migrate.log" 2>&1; then
    log_tail migrate
    fail "epicura migrate failed"
  fi
}

start_epicura() {
  [[ -x $epicura_bin ]] || fail "the program is not built: $epicura_bin"
  demand_port epicura
  demand_port epicura-ops
  (
    export_settings
    launch epicura "$root" "$epicura_bin" serve
  )
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
