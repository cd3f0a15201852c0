# shellcheck shell=bash
# The servers of a run: a private stack, a bare Mosquitto, the peer. Sourced by scripts/bench.

run=
broker_pid=
peer_pid=
load_devices=100

stack() { EPICURA_RUN_DIR=$run/stack EPICURA_STACK_NO_BUILD=1 "$root/scripts/stack" "$@"; }

read_environment() {
  set -a
  # shellcheck source=/dev/null
  source "$run/stack/env"
  set +a
}

bring_up() {
  # 10,000 connections, and what a server or a client has open besides.
  ulimit -Sn 16384 2>/dev/null || true
  run=$(mktemp -d "${TMPDIR:-/tmp}/epicura-bench.XXXXXX")
  chmod 755 "$run"
  stack up >"$run/stack.log" 2>&1 || { cat "$run/stack.log" >&2 && exit 1; }
  read_environment
  say "$(uname -sr), $(nproc) cores, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
}

# A PostgreSQL that has worked for a while, as anybody's but this fresh one has: segments of its log are used again instead
# of being made (written with zeros: 16 % of its time under load), and its buffers have been touched once (11 %).
work_database_in() {
  [[ ! -e $run/worked_in ]] || return 0
  local i
  {
    echo "alter system set min_wal_size = '2GB'; select pg_reload_conf();"
    echo 'create unlogged table touched (page text); alter table touched alter column page set storage plain;'
    echo "insert into touched select repeat('x', 7000) from generate_series(1, 40000); drop table touched;"
    for ((i = 0; i < 120; ++i)); do
      echo "select pg_logical_emit_message(false, 'bench', 'x'); select pg_switch_wal();"
    done
    echo 'checkpoint;'
  } | PGUSER=postgres PGPASSWORD=$(<"$run/stack/secrets/postgres_admin_password") \
    psql -qAtX -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$(sed 's/.*:\([0-9]*\)\/.*/\1/' <<<"$DATABASE_URL")" postgres >/dev/null
  touch "$run/worked_in"
}

take_down() {
  local file
  if [[ -z $run ]]; then return; fi
  for file in "$run"/*.pid; do # rows run in processes of their own: what they started is known by these
    if [[ -s $file ]]; then kill "$(<"$file")" 2>/dev/null || true; fi
  done
  stack down --remove >/dev/null 2>&1 || true
  if [[ -L $run/broker ]]; then rm -rf "$(readlink "$run/broker")"; fi
  rm -rf "$run"
}

free_port() {
  local port
  while true; do
    port=$((20000 + RANDOM % 12000))
    if ! { : <"/dev/tcp/127.0.0.1/$port"; } 2>/dev/null; then
      echo "$port"
      return
    fi
  done
}

# The devices of the load, registered with the program; other brokers do not look at their tokens.
kitchen() {
  if [[ ! -s $run/kitchen ]]; then
    "$EPICURA_BIN" simulate --devices "$load_devices" --count 1 --state "$run/kitchen" --quiet >"$run/kitchen.log" ||
      { cat "$run/kitchen.log" >&2 && return 1; }
  fi
}

# A Mosquitto of its own with the configuration of the house, but without the plugin: sets broker_port, broker_socket.
bare_broker() {
  local home
  if [[ ! -s $run/broker.pid ]]; then
    home=$(mktemp -d /var/tmp/epicura-bench-broker.XXXXXX)
    ln -s "$home" "$run/broker"
    if ((EUID == 0)); then chown mosquitto: "$home"; fi
    free_port >"$run/broker.port"
    sed -e '/^plugin/d' -e 's/^allow_anonymous .*/allow_anonymous true/' -e "s|@PORT@|$(<"$run/broker.port")|" \
      -e "s|@SOCKET@|$home/mosquitto.sock|" -e "s|@DATA_DIR@|$home|" -e 's|@LOG@|stderr|' "$root/conf/mosquitto.conf" >"$run/broker.conf"
    PATH=$PATH:/usr/sbin mosquitto -c "$run/broker.conf" </dev/null >"$run/broker.log" 2>&1 &
    echo $! >"$run/broker.pid"
    until_true 10 test -S "$home/mosquitto.sock" || { cat "$run/broker.log" >&2 && return 1; }
  fi
  broker_pid=$(<"$run/broker.pid")
  broker_port=$(<"$run/broker.port")
  broker_socket=$run/broker/mosquitto.sock
}

has_node() {
  command -v npm >/dev/null && [[ $(node --version 2>/dev/null) =~ ^v([0-9]+)\. ]] && ((BASH_REMATCH[1] >= 20))
}

# The peer on the bare broker and the stack's PostgreSQL: sets peer_url. Its packages are kept between runs.
peer() {
  local place=$root/.build/bench/peer
  bare_broker
  if [[ ! -s $run/peer.pid ]]; then
    mkdir -p "$place"
    if ! cmp -s "$parts/peer/package-lock.json" "$place/package-lock.json" || [[ ! -d $place/node_modules ]]; then
      cp "$parts/peer/package.json" "$parts/peer/package-lock.json" "$parts/peer/.npmrc" "$place/"
      (cd "$place" && npm ci --no-audit --no-fund --loglevel=error) >"$run/npm.log" 2>&1 ||
        { rm -rf "$place/node_modules" && cat "$run/npm.log" >&2 && return 1; }
    fi
    cp "$parts/peer/server.mjs" "$place/" # where its packages are
    psql -qX -v ON_ERROR_STOP=1 "$DATABASE_URL" -f "$parts/peer/tables.sql" >/dev/null
    free_port >"$run/peer.port"
    PORT=$(<"$run/peer.port") MQTT_BROKER_URL="mqtt://127.0.0.1:$broker_port" NODE_ENV=production \
      node "$place/server.mjs" </dev/null >"$run/peer.log" 2>&1 &
    echo $! >"$run/peer.pid"
    until_true 20 curl -sf -m 2 -o /dev/null "http://127.0.0.1:$(<"$run/peer.port")/metrics" || { cat "$run/peer.log" >&2 && return 1; }
  fi
  peer_pid=$(<"$run/peer.pid")
  peer_url=http://127.0.0.1:$(<"$run/peer.port")
}
