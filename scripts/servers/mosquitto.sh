# shellcheck shell=bash
# Mosquitto of the stack, with our plugin; conf/mosquitto.conf is a template. Sourced by scripts/stack.

built_plugin=$build/bridge/plugin/epicura_mosquitto.so

# What the broker's user must be able to read stands in its home: the plugin, the two secrets, the configuration.
furnish_mosquitto() {
  local text name
  mkdir -p "$home/data" "$home/secrets"
  install -p -m 644 "$built_plugin" "$home/epicura_mosquitto.so"
  for name in bridge_password device_token_secret; do
    install -m 600 "$run/secrets/$name" "$home/secrets/$name"
  done
  text=$(<"$(configuration mosquitto.conf)")
  text=${text//@PORT@/"$(port_of mosquitto)"}
  text=${text//@SOCKET@/"$home/socket/mosquitto.sock"}
  text=${text//@DATA_DIR@/"$home/data"}
  text=${text//@PLUGIN@/"$home/epicura_mosquitto.so"}
  text=${text//@SECRETS@/"$home/secrets"}
  text=${text//@LOG@/stderr}
  printf '%s\n' "$text" >"$home/mosquitto.conf"
  give_to mosquitto "$home/data" "$home/secrets" "$home"/secrets/* "$home/mosquitto.conf"
}

mosquitto_socket() {
  enter_home mosquitto
  echo "$home/socket/mosquitto.sock"
}

start_mosquitto() {
  command -v mosquitto >/dev/null || missing_program mosquitto
  [[ -r $built_plugin ]] || fail "the broker's plugin is not built: $built_plugin"
  enter_home mosquitto
  furnish_mosquitto
  rm -f "$home/socket/mosquitto.sock"
  demand_port mosquitto
  launch mosquitto "$home" mosquitto -c "$home/mosquitto.conf"
}

ready_mosquitto() {
  [[ -S $(mosquitto_socket) ]] || return 1
  { : <"/dev/tcp/127.0.0.1/$(port_of mosquitto)"; } 2>/dev/null
}
