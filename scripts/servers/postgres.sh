# shellcheck shell=bash
# PostgreSQL of the stack. Sourced by scripts/stack.

postgres_bin=$(printf '%s\n' /usr/lib/postgresql/*/bin/postgres | sort -V | tail -n 1)
postgres_bin=${postgres_bin%/postgres}

# The cluster, its role and its database appear by one rename, or not at all.
make_cluster() {
  local fresh=$home/data.new password_file=$home/admin_password
  rm -rf "$fresh"
  (umask 077 && secret postgres_admin_password >"$password_file")
  give_to postgres "$password_file"
  as_server postgres "$postgres_bin/initdb" --pgdata="$fresh" --username=postgres --pwfile="$password_file" \
    --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8
  rm "$password_file"
  cat >>"$fresh/postgresql.conf" <<'SETTINGS'

# Epicura: short statements at a high rate. What is committed is on disk: fsync and synchronous_commit stay on.
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %a '
log_error_verbosity = terse # the details of a refused row are e-mail addresses
shared_buffers = 256MB
wal_buffers = 16MB
max_wal_size = 4GB
checkpoint_timeout = 15min
jit = off
SETTINGS
  as_server postgres "$postgres_bin/postgres" --single -j -D "$fresh" postgres <<SQL
create role epicura login password '$(secret postgres_password)';

create database epicura owner epicura;
SQL
  mv "$fresh" "$home/data"
}

# After a kill -9 of the postmaster its back ends end by themselves, but not at once, and a new postmaster refuses to start
# beside them. They are known by their working directory, which only their own user may read everywhere.
orphans() {
  # shellcheck disable=SC2016 # for the inner shell
  as_server postgres bash -c '
    for process in /proc/[0-9]*; do
      if [[ $process/cwd -ef $1 ]]; then echo "${process#/proc/}"; fi
    done' - "$home/data"
}

await_orphans() {
  local deadline=$((SECONDS + 20)) left
  while left=$(orphans) && [[ -n $left ]]; do
    if ((SECONDS > deadline)); then
      say "postgres   back ends of the killed server do not end: SIGKILL to ${left//$'\n'/ }"
      # shellcheck disable=SC2086
      kill -s KILL $left 2>/dev/null || true
      deadline=$((SECONDS + 5))
    fi
    sleep 0.05
  done
  # Nobody works on the data now. A lock file that names a dead postmaster would still stop the next one where nothing
  # collects dead processes (a container whose first process does not), because their pids count as taken.
  rm -f "$home/data/postmaster.pid" "$home"/socket/.s.PGSQL.*
}

start_postgres() {
  [[ -x $postgres_bin/initdb ]] || missing_program PostgreSQL
  enter_home postgres
  cd "$home" # initdb and its like want a working directory that their user can enter
  if [[ ! -d $home/data ]]; then
    local code
    set +e # bash has no -e inside a condition: the subshell has its own, outside of one
    (set -e && make_cluster) >"$run/log/initdb.log" 2>&1
    code=$?
    set -e
    ((code == 0)) || { log_tail initdb && fail "the PostgreSQL cluster could not be made"; }
  fi
  cd "$root"
  await_orphans
  demand_port postgres
  launch postgres "$home" "$postgres_bin/postgres" -D "$home/data" -c listen_addresses=127.0.0.1 \
    -c "port=$(port_of postgres)" -c "unix_socket_directories=$home/socket"
}

ready_postgres() { "$postgres_bin/pg_isready" -q -t 1 -h 127.0.0.1 -p "$(port_of postgres)"; }

# The audit log does not belong to the program's role (conf/audit_owner.sql says why). Clusters of before get that here, too;
# where it cannot be done, `epicura audit verify` warns.
give_away_audit_log() {
  PGPASSWORD=$(secret postgres_admin_password) "$postgres_bin/psql" -X -q -h 127.0.0.1 -p "$(port_of postgres)" -U postgres \
    -d epicura -v program=epicura -f "$root/conf/audit_owner.sql" >"$run/log/audit_owner.log" 2>&1 ||
    say "postgres   the audit log stays with the program's role: see $run/log/audit_owner.log"
}
