# shellcheck shell=bash
# Who is asked over HTTP, and for what: the program, the peer, PostgreSQL alone, Pistache's router. Sourced by scripts/bench.
# `watched` names the processes whose CPU time counts.

# A device of the program's and the peer's counterpart: sets device_url, device_token, peer_device_url, peer_token.
device() {
  local id answer
  if [[ ! -s $run/device ]]; then
    id=$(</proc/sys/kernel/random/uuid)
    answer=$(curl -sf -m 10 -H 'Content-Type: application/json' "$EPICURA_URL/api/devices/register" \
      -d "{\"device_id\": \"$id\", \"firmware_version\": \"1.0.0\"}")
    echo "$id $(text_member device_token "$answer")" >"$run/device"
  fi
  read -r id device_token <"$run/device"
  device_url=$EPICURA_URL/api/devices/$id
}
# A person who has just signed up: sets person_token.
person() {
  local answer email
  email=$(</proc/sys/kernel/random/uuid)@example.org
  answer=$(curl -sf -m 10 -H 'Content-Type: application/json' "$EPICURA_URL/api/auth/register" \
    -d "{\"email\": \"$email\", \"password\": \"$(</proc/sys/kernel/random/uuid)\"}")
  person_token=$(text_member access_token "$answer")
}
peer_device() {
  peer_device_url=$peer_url/api/devices/00000000-0000-4000-8000-000000000001
  peer_token=$(text_member token "$(curl -sf -m 10 "$peer_url/token")")
}
text_member() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" <<<"$2"; }

bearer() { echo "Authorization: Bearer $1"; }
our_processes() { watched=("epicura=$EPICURA_PID" "postgres=$POSTGRES_PID" "$@"); }
peer_processes() { watched=("peer=$peer_pid" "postgres=$POSTGRES_PID"); }

# Each takes a turn of SECONDS; in a command substitution, where -e does not hold.
our_status() { our_processes && closed_turn "$1" "$device_url" -H "$(bearer "$EPICURA_ADMIN_TOKEN")"; }
peer_status() { peer_processes && closed_turn "$1" "$peer_device_url" -H "$(bearer "$peer_token")"; }

our_me() { our_processes && closed_turn "$1" "$EPICURA_URL/api/auth/me" -H "$(bearer "$person_token")"; }
peer_me() { peer_processes && closed_turn "$1" "$peer_url/api/auth/me" -H "$(bearer "$peer_token")"; }

our_telemetry() {
  local before line
  before=$(ask 'select count(*) from device_telemetry')
  our_processes "nats=$NATS_PID"
  line=$(closed_turn "$1" "$device_url/telemetry" -H "$(bearer "$device_token")" -- readings) || return
  all_is_written "$before" "$line" || return
  echo "$line"
}
peer_telemetry() { peer_processes && closed_turn "$1" "$peer_device_url/telemetry" -H "$(bearer "$peer_token")" -- readings; }

# Both get the same request. Pistache closes without that header, which a client of HTTP/1.1 need not send.
our_health() { watched=("epicura=$EPICURA_PID") && closed_turn "$1" "$EPICURA_URL/health" -H 'Connection: keep-alive'; }
router_health() { watched=("router=$router_pid") && closed_turn "$1" "$router_url/health" -H 'Connection: keep-alive'; }

# Pistache's router, with as many threads as the program has for it: sets router_pid, router_url.
router() {
  local port
  if [[ ! -s $run/router.pid ]]; then
    free_port >"$run/router.port"
    "$built/tests/bench_router_hello" "$(<"$run/router.port")" 1 </dev/null >"$run/router.log" 2>&1 &
    echo $! >"$run/router.pid"
  fi
  port=$(<"$run/router.port")
  router_pid=$(<"$run/router.pid")
  router_url=http://127.0.0.1:$port
  until_true 10 curl -sf -m 2 -o /dev/null "$router_url/health" || { cat "$run/router.log" >&2 && return 1; }
}

# pgbench's own table, small enough for shared_buffers, in a schema of its own.
pgbench_table() {
  ask 'create schema if not exists bench' >/dev/null
  pgbench_here -i -q -s 1 >"$run/pgbench.log" 2>&1 || { cat "$run/pgbench.log" >&2 && return 1; }
}
pgbench_here() { PGOPTIONS='-c search_path=bench' pgbench "$@" "$DATABASE_URL"; }
# pgbench_turn SECONDS CLIENTS: prints statements a second.
pgbench_turn() { pgbench_here -n -S -M prepared -j 1 -c "$2" -T "$1" 2>"$run/pgbench.log" | sed -n 's/^tps = \([0-9]*\).*/\1/p'; }
# The number of clients with which it is fastest here.
pgbench_clients() {
  local clients
  for clients in 4 8 16 32 64; do echo "$(pgbench_turn 1 "$clients") $clients"; done | sort -g | tail -n 1 | cut -d ' ' -f 2
}
