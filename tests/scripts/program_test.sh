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

# --- up: all of it, ready. The way through these programs is where a secret could come into an argument list, and a
# caller's settings and proxy are not the stack's.
mkdir "$scratch/bin"
for name in setsid env setpriv; do
  # shellcheck disable=SC2016 # for that script
  printf '#!/bin/bash\nprintf "%%s " %s "$@" >>%q\nexec %q "$@"\n' "$name" "$scratch/words" "$(command -v "$name")" >"$scratch/bin/$name"
  chmod 755 "$scratch/bin/$name"
done
exits 0 /usr/bin/env PATH="$scratch/bin:$PATH" EPICURA_STACK_NO_BUILD=1 http_proxy=http://127.0.0.1:9 all_proxy=http://127.0.0.1:9 \
  EPICURA_DATABASE_URL=postgresql://127.0.0.1:1/nowhere EPICURA_NATS_URL=nats://127.0.0.1:1 EPICURA_PORT=1 EPICURA_OPS_PORT=1 \
  EPICURA_JWT_SECRET=short EPICURA_FAULT_SEED=1 EPICURA_SOAK=1 "$root/scripts/stack" up
check "the servers came by that way" grep -q 'setsid .*nats-server .*setsid .*epicura serve' "$scratch/words"
for file in "$EPICURA_RUN_DIR"/secrets/*; do
  check "${file##*/} is in no argument list" test -z "$(grep -oFf "$file" "$scratch/words")"
done
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

# --- accounts by an operator's hand
api=$(value EPICURA_URL)/api
me() { curl -s -m 5 -H "Authorization: Bearer $1" "$api/auth/me"; }
check "the admin is a real one" grep -q '"email":"ops@example.org".*"role":"admin"' <<<"$(me "$(value EPICURA_ADMIN_TOKEN)")"
log_in() { # EMAIL PASSWORD
  code_of -H 'Content-Type: application/json' -d "{\"email\":\"$1\",\"password\":\"$2\"}" "$api/auth/login"
}
check "who signs in by the stack's secret" test "$(log_in ops@example.org "$(cat "$EPICURA_RUN_DIR/secrets/admin_password")")" = 200
create() { # PASSWORD WORDS...
  DATABASE_URL=$(value DATABASE_URL) "$(value EPICURA_BIN)" user create "${@:2}" <<<"$1"
}
exits 0 create 'a password of Ada' Ada@example.org --name Ada
check "an account made by hand signs in" test "$(log_in ada@example.org 'a password of Ada')" = 200
exits 1 create 'a password of Ada' ada@EXAMPLE.org
says "there is an account"
exits 0 create 'another password' ada@example.org --if-absent
check "and is left as it was" test "$(log_in ada@example.org 'another password')" = 401
exits 1 create short bob@example.org
exits 2 create 'a password of Bob' bob
exits 2 "$(value EPICURA_BIN)" user delete ada@example.org

# --- the audit log: the program's role only adds to it, and what somebody else did to it is found
audit() { DATABASE_URL=$(value DATABASE_URL) "$(value EPICURA_BIN)" audit "$@"; }
sql() { psql -X -q -t -A "$(value DATABASE_URL)" -c "$1"; }
superuser() {
  PGPASSWORD=$(cat "$EPICURA_RUN_DIR/secrets/postgres_admin_password") psql -X -q -t -A -h 127.0.0.1 \
    -p "$(sed 's/.*:\([0-9]*\)\/.*/\1/' <<<"$(value DATABASE_URL)")" -U postgres -d epicura -c "$1"
}
log_something() { # ACTION TARGET
  sql "insert into audit_log (actor_kind, action, target_id, outcome) values ('nobody', '$1', '$2', 'done')"
}
exits 0 audit --help
says "usage: epicura audit verify"
exits 2 audit
exits 2 audit forget
exits 2 audit verify --expect 3
exits 2 audit verify --from 2026-11-20T18:00:00Z
exits 2 audit export --expect "0:$(printf '0%.0s' {1..64})"
exits 2 audit export --to yesterday
log_something test.one '=1+1'
log_something test.two 'Grüße, "Welt"'
exits 0 audit verify
says "$(sql 'select count(*) from audit_log') entries, whole"
check "nobody can change it" test -z "$(grep warning <<<"$output")"
last=$(sed -n 's/^last //p' <<<"$output")
check "the last one's hash" test "${last#*:}" = "$(sql "select encode(hash, 'hex') from audit_log where seq = ${last%%:*}")"
for change in "update audit_log set action = 'x'" 'delete from audit_log' 'truncate audit_log' 'set role epicura_audit' \
  'alter table audit_log disable trigger all'; do
  exits 1 sql "$change"
done
exits 0 audit export
says "seq,at,actor_kind"
says "\"'=1+1\""
says '"Grüße, ""Welt"""'
says audit.exported
check "each entry is a row, under the names" test "$(audit export 2>/dev/null | wc -l)" = "$(sql 'select count(*) + 1 from audit_log')"
check "of that day there is none" test "$(audit export --from 2026-01-01T00:00:00Z --to 2026-01-02T00:00:00Z 2>/dev/null | wc -l)" = 1
exits 1 bash -c "$(declare -f audit value); audit export >/dev/full"
says "cannot be written"
exits 0 audit verify --expect "$last"
exits 1 audit verify --expect "${last%?????}00000"
says "is not the one that was expected"
exits 1 audit verify --expect "9999:${last#*:}"
says "is missing"
tamper() { superuser "begin; alter table audit_log disable trigger user; $1; alter table audit_log enable trigger user; commit"; }
first=$(sql "select seq from audit_log where action = 'test.one'")
tamper "update audit_log set target_id = '=1+2' where seq = $first"
exits 1 audit verify
says "entry $first is not what was written"
tamper "update audit_log set target_id = '=1+1' where seq = $first"
exits 0 audit verify --expect "$last"
superuser 'alter table audit_log disable trigger audit_log_keep_rows'
exits 0 audit verify
says "of the 3 triggers of audit_log 2 are on"
superuser 'alter table audit_log enable trigger audit_log_keep_rows; alter table audit_log owner to epicura'
exits 0 audit verify
says "conf/audit_owner.sql"
exits 0 stack up # gives it away again: so a cluster of before gets it, too
exits 0 audit verify
check "nobody can change it" test -z "$(grep warning <<<"$output")"
exits 1 env DATABASE_URL=postgresql://nobody@127.0.0.1:1/nowhere "$(value EPICURA_BIN)" audit verify

# --- a watcher that has seen enough is not one that has lost its connection
(
  set -a
  # shellcheck source=/dev/null
  source "$EPICURA_RUN_DIR/env"
  exec "$EPICURA_BIN" simulate --devices 1 --rate 20 --seconds 60 --quiet >"$scratch/simulate.log" 2>&1
) &
kitchen=$!
watch() { NATS_OPS_URL=$(value NATS_OPS_URL) timeout 30 "$(value EPICURA_BIN)" watch --count 2 'epicura.>'; }
exits 0 watch
check "it has two messages" test "$(grep -c ' epicura\.' <<<"$output")" = 2
check "and no complaint" test -z "$(grep 'epicura watch:' <<<"$output")"
kill "$kitchen"
wait "$kitchen" || true

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
says ", online, sent" # a line for each pot, as this is no terminal
exits 3 stack status
check "it leaves no env" test ! -e "$EPICURA_RUN_DIR/env"

finish
