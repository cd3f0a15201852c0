#!/usr/bin/env bash
# scripts/stack and scripts/run with the program itself.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=expect.sh
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
export EPICURA_RUN_DIR=$scratch/run
stack() { EPICURA_STACK_NO_BUILD=1 "$root/scripts/stack" "$@"; }
clean_up() {
  stack down --remove >/dev/null || true
  rm -rf "$scratch"
}
trap clean_up EXIT

value() { sed -n "s/^$1='\(.*\)'\$/\1/p" "$EPICURA_RUN_DIR/env"; }
code_of() { curl -s -m 5 -o /dev/null -w '%{http_code}' "$@"; }

# --- up: all of it, ready
exits 0 stack up
exits 0 stack status
for name in EPICURA_URL EPICURA_OPS_URL EPICURA_ADMIN_TOKEN DATABASE_URL NATS_URL NATS_OPS_URL MQTT_HOST MQTT_PORT EPICURA_PID \
  NATS_PID MOSQUITTO_PID POSTGRES_PID EPICURA_BIN; do
  check "env has $name" test -n "$(value "$name")"
done
check "the pid is the program's" test "/proc/$(value EPICURA_PID)/exe" -ef "$(value EPICURA_BIN)"
check "the pid is the broker's" test "$(cat "/proc/$(value MOSQUITTO_PID)/comm")" = mosquitto
check "ready" test "$(code_of "$(value EPICURA_OPS_URL)/ready")" = 200
unknown=$(value EPICURA_URL)/api/v1/devices/00000000-0000-4000-8000-000000000000
check "nobody gets in without a token" test "$(code_of "$unknown")" = 401
check "the admin's token is good" test "$(code_of -H "Authorization: Bearer $(value EPICURA_ADMIN_TOKEN)" "$unknown")" = 404

# --- again: the same processes
pids() { grep '_PID=' "$EPICURA_RUN_DIR/env"; }
before=$(pids)
exits 0 stack up
check "idempotent" test "$(pids)" = "$before"

# --- dead, and up again
url=$(value EPICURA_URL)
kill -9 "$(value EPICURA_PID)"
exits 0 stack up
check "only the dead one is another" test "$(pids | grep -v EPICURA)" = "$(grep -v EPICURA <<<"$before")"
check "the same port" test "$(value EPICURA_URL)" = "$url"
check "ready" test "$(code_of "$(value EPICURA_OPS_URL)/ready")" = 200

# --- a newer binary is taken up
old=$(value EPICURA_PID)
cp -p "$(value EPICURA_BIN)" "$(value EPICURA_BIN).copy"
mv "$(value EPICURA_BIN).copy" "$(value EPICURA_BIN)"
exits 0 stack up
says "the binary is newer"
check "another process" test "$(value EPICURA_PID)" != "$old"

# --- without PostgreSQL it starts, and is ready when that is back
kill -9 "$(value POSTGRES_PID)"
exits 0 stack restart --no-wait epicura
exits 0 stack restart postgres
exits 0 stack up
check "ready" test "$(code_of "$(value EPICURA_OPS_URL)/ready")" = 200

# --- a bad setting: exit 1 with the log's last lines
exits 1 env EPICURA_RETENTION_DAYS=0 EPICURA_STACK_NO_BUILD=1 "$root/scripts/stack" restart epicura
says "retention_days"
says "epicura died while it started"
exits 3 stack status

exits 0 stack down
exits 3 stack status

# --- scripts/run: all of it, for a few seconds
exits 0 "$root/scripts/run" --seconds 3
says "Ctrl-C ends all of it"
exits 3 stack status
check "it leaves no env" test ! -e "$EPICURA_RUN_DIR/env"

finish
