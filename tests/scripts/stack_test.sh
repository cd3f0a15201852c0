#!/usr/bin/env bash
# scripts/stack with the servers that the program stands on: idempotent, restarts what is dead, keeps ports and data.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=expect.sh
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
export EPICURA_RUN_DIR=$scratch/run EPICURA_STACK_NO_BUILD=1
stack=$root/scripts/stack
stray=
clean_up() {
  "$stack" down --remove >/dev/null || true
  if [[ -n $stray ]]; then kill "$stray" 2>/dev/null || true; fi
  rm -rf "$scratch"
}
trap clean_up EXIT

value() { sed -n "s/^$1='\(.*\)'\$/\1/p" "$EPICURA_RUN_DIR/env"; }
sql() { psql -X -q -t -A "$(value DATABASE_URL)" -c "$1"; }
dead() { [[ ! -e /proc/$1 || $(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) == [ZX]* ]]; }

# --- up
exits 0 "$stack" up postgres nats
postgres=$(value POSTGRES_PID)
nats=$(value NATS_PID)
check "the pid is the postmaster's" test "$(cat "/proc/$postgres/comm")" = postgres
check "the pid is the server's" test "$(cat "/proc/$nats/comm")" = nats-server
check "each has a session of its own" test "$(ps -o sid= -p "$nats" | tr -d ' ')" = "$nats"
check "standard input is /dev/null" test "$(readlink "/proc/$nats/fd/0")" = /dev/null
check "the lock is not inherited" test -z "$(find "/proc/$nats/fd" -lname "*/lock" 2>/dev/null)"
check "the env is for us alone" test "$(stat -c %a "$EPICURA_RUN_DIR/env")" = 600
check "the secrets are for us alone" test "$(stat -c %a "$EPICURA_RUN_DIR/secrets" "$EPICURA_RUN_DIR"/secrets/* | sort -u | tr '\n' ' ')" = '600 700 '
check "a line is NAME='value'" test -z "$(grep -vE "^[A-Z_]+='[^']*'\$" "$EPICURA_RUN_DIR/env")"
check "no MQTT_PORT without mosquitto" test -z "$(value MQTT_PORT)"
sql 'create schema kitchen; create table kitchen.pots (id int); insert into kitchen.pots values (42)'
check "what is committed is on disk" test "$(sql 'show fsync')" = on

exits 3 "$stack" status # two of four
says "mosquitto  down"

# --- again: nothing changes
before=$(cat "$EPICURA_RUN_DIR/env")
exits 0 "$stack" up postgres nats
check "idempotent" test "$(cat "$EPICURA_RUN_DIR/env")" = "$before"

# --- two at once wait for each other
"$stack" up postgres nats >/dev/null 2>&1 &
other=$!
exits 0 "$stack" up nats postgres
check "the other one went well, too" wait "$other"
check "idempotent" test "$(cat "$EPICURA_RUN_DIR/env")" = "$before"

# --- dead ones
kill -9 "$nats"
while ! dead "$nats"; do sleep 0.01; done
exits 3 "$stack" status
says "nats       dead"
exits 0 "$stack" up nats
check "the same port" test "$(value NATS_URL)" = "$(sed -n "s/^NATS_URL='\(.*\)'/\1/p" <<<"$before")"
check "another process" test "$(value NATS_PID)" != "$nats"

sql 'select pg_sleep(30)' >/dev/null 2>&1 & # a back end at work when its postmaster is killed
kill -9 "$postgres"
exits 0 "$stack" restart postgres
check "the same port" test "$(value DATABASE_URL)" = "$(sed -n "s/^DATABASE_URL='\(.*\)'/\1/p" <<<"$before")"
check "the data is kept" test "$(sql 'select id from kitchen.pots')" = 42

# --- a living one that does not listen to anybody
postgres=$(value POSTGRES_PID)
kill -STOP "$postgres"
exits 0 "$stack" restart postgres
check "the old one has gone" dead "$postgres"
check "the data is kept" test "$(sql 'select id from kitchen.pots')" = 42

# --- a pid that another process has got is not the server
sleep 300 &
stray=$!
mv "$EPICURA_RUN_DIR/pid/nats" "$scratch/nats.pid"
echo "$stray 1" >"$EPICURA_RUN_DIR/pid/nats"
exits 3 "$stack" status
says "nats       dead"
mv "$scratch/nats.pid" "$EPICURA_RUN_DIR/pid/nats"

# --- what cannot start says why
nats=$(value NATS_PID)
port=$(cat "$EPICURA_RUN_DIR/ports/nats")
cp "$EPICURA_RUN_DIR/ports/postgres" "$EPICURA_RUN_DIR/ports/nats"
exits 1 "$stack" restart nats
says "is taken by another process"
echo "$port" >"$EPICURA_RUN_DIR/ports/nats"
exits 0 "$stack" restart nats

# --- down
pids=("$(value POSTGRES_PID)" "$(value NATS_PID)")
exits 0 "$stack" down
for pid in "${pids[@]}"; do check "ended" dead "$pid"; done
check "another's process lives" kill -0 "$stray"
check "no env without a stack" test ! -e "$EPICURA_RUN_DIR/env"
exits 3 "$stack" status
exits 0 "$stack" down
exits 0 "$stack" up postgres
check "the data is kept" test "$(sql 'select id from kitchen.pots')" = 42
exits 0 "$stack" down --remove
check "nothing is left" test ! -e "$EPICURA_RUN_DIR"

# --- what the stack did not make it does not remove
export EPICURA_RUN_DIR=$scratch/home
mkdir -p "$EPICURA_RUN_DIR/log"
echo dear >"$EPICURA_RUN_DIR/letter"
exits 1 "$stack" down --remove
says "is not the stack's alone"
check "it is as it was" test "$(ls -A "$EPICURA_RUN_DIR")" = $'letter\nlog'
exits 0 "$stack" up nats
exits 1 "$stack" down --remove
check "it runs" kill -0 "$(value NATS_PID)"
exits 0 "$stack" down
check "what was there is there" test "$(cat "$EPICURA_RUN_DIR/letter")" = dear
rm "$EPICURA_RUN_DIR/letter" # now there is only the stack's own in it, as in a directory from before there was a mark
exits 0 "$stack" down --remove
check "nothing is left" test ! -e "$EPICURA_RUN_DIR"

# --- a run directory with a space and a comma in its path, which the servers' settings cannot hold
export EPICURA_RUN_DIR="$scratch/in two, words"
exits 0 "$stack" up postgres nats mosquitto
check "what cannot stand there stands elsewhere" test -L "$EPICURA_RUN_DIR/mosquitto" -a -L "$EPICURA_RUN_DIR/postgres"
check "and works" test "$(sql 'select 1')" = 1
exits 0 "$stack" down --remove
check "nothing is left" test ! -e "$EPICURA_RUN_DIR"

# --- a run directory that is too long for a Unix socket, and that the servers' users cannot reach
long=$scratch/$(printf 'long%.0s' {1..30})
mkdir -m 700 "$long"
export EPICURA_RUN_DIR=$long/run
exits 0 "$stack" up postgres
check "it stands elsewhere" test -L "$EPICURA_RUN_DIR/postgres"
elsewhere=$(readlink "$EPICURA_RUN_DIR/postgres")
check "in a private directory" test "$(stat -c %a "$elsewhere")" = 700
check "and works" test "$(sql 'select 1')" = 1
exits 0 "$stack" down --remove
check "nothing is left" test ! -e "$EPICURA_RUN_DIR" -a ! -e "$elsewhere"

finish
