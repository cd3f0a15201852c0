# shellcheck shell=bash
# Processes: start, see whether alive, end. Sourced by scripts/stack.
# $run/pid/NAME holds "<pid> <start time>": a pid that another process has got since is never taken for the server.

stop_limit_s=10

# Prints the state letter and the start time (clock ticks since boot); nothing when there is no such process.
process_stat() {
  local line fields
  { read -r line <"/proc/$1/stat"; } 2>/dev/null || return 0
  read -r -a fields <<<"${line##*) }" # the name, in brackets, may hold anything
  printf '%s %s\n' "${fields[0]}" "${fields[19]}"
}

# Prints the pid of the running server NAME; false when it is dead (also a zombie that nobody has collected yet).
pid_of() {
  local pid started state now
  { read -r pid started <"$run/pid/$1"; } 2>/dev/null || return 1
  read -r state now < <(process_stat "$pid") || return 1
  [[ $now == "$started" && $state != [ZX] ]] || return 1
  echo "$pid"
}

alive() { pid_of "$1" >/dev/null; }

# launch NAME DIRECTORY COMMAND...: as the server's user, in a session of its own, without any descriptor of ours (the lock
# above all), with the signals' default actions (a shell's background jobs ignore SIGINT and SIGQUIT), output to the log.
# Every step becomes the next by exec, so that the pid is the server's own; it writes that down itself, so that no server
# is forgotten when this script is killed. What the server is told in secret, the caller has exported, in a subshell: an
# argument list, be it for a moment that of `env`, is anybody's to read.
launch() {
  local name=$1 directory=$2 user pid become=()
  shift 2
  user=$(user_of "$name")
  if [[ -n $user ]]; then become=(setpriv "--reuid=$user" "--regid=$user" --init-groups --); fi
  (
    exec </dev/null >>"$run/log/$name.log" 2>&1
    cd "$directory" || exit 1
    pid=$BASHPID
    read -r _ started < <(process_stat "$pid")
    printf '%s %s\n' "$pid" "$started" >"$run/pid/$name.new"
    mv -f "$run/pid/$name.new" "$run/pid/$name"
    for fd in /proc/self/fd/*; do
      fd=${fd##*/}
      if ((fd > 2)); then eval "exec $fd>&-"; fi
    done
    exec setsid env --default-signal=INT,QUIT,PIPE "${become[@]}" "$@"
  ) &
  pid=$!
  disown "$pid"
  until [[ $(cat "$run/pid/$name" 2>/dev/null) == "$pid "* ]]; do
    [[ -e /proc/$pid ]] || fail "$name could not be started: see $run/log/$name.log"
    sleep 0.01
  done
}

log_tail() { # NAME
  local log=$run/log/$1.log
  if [[ -s $log ]]; then
    printf -- '--- last lines of %s\n' "$log" >&2
    tail -n "${2:-25}" "$log" >&2
  fi
}

# await NAME SECONDS: until ready_NAME says so.
await() {
  local name=$1 limit=$2 begun=$EPOCHREALTIME elapsed_us
  until "ready_$name"; do
    elapsed_us=$((${EPOCHREALTIME/[.,]/} - ${begun/[.,]/}))
    if ! alive "$name"; then
      log_tail "$name"
      fail "$name died while it started"
    fi
    if ((elapsed_us > limit * 1000000)); then
      log_tail "$name"
      fail "$name is not ready after $limit s"
    fi
    sleep 0.03
  done
  elapsed_us=$((${EPOCHREALTIME/[.,]/} - ${begun/[.,]/}))
  printf '%-10s ready  pid %-7s %s  (%d.%02d s)\n' "$name" "$(pid_of "$name")" "$(address_of "$name")" \
    $((elapsed_us / 1000000)) $((elapsed_us / 10000 % 100))
}

# dies_within NAME SECONDS: waits for the end; false when it still lives then.
dies_within() {
  local until_us=$((${EPOCHREALTIME/[.,]/} + $2 * 1000000))
  while alive "$1"; do
    ((${EPOCHREALTIME/[.,]/} < until_us)) || return 1
    sleep 0.02
  done
}

# stop NAME: asks politely, insists after 10 s. PostgreSQL's polite way is SIGINT: on SIGTERM it waits for its clients.
stop() {
  local name=$1 signal=TERM pid
  if pid=$(pid_of "$name"); then
    if [[ $name == postgres ]]; then signal=INT; fi
    kill -s "$signal" "$pid" 2>/dev/null || true
    kill -s CONT "$pid" 2>/dev/null || true # one that was stopped would not hear it
    if ! dies_within "$name" "$stop_limit_s"; then
      say "$name did not end within $stop_limit_s s: SIGKILL to pid $pid" || true # the terminal may have gone
      kill -s KILL "$pid" 2>/dev/null || true
      dies_within "$name" 5 || fail "$name, pid $pid, cannot be ended"
    fi
  fi
  rm -f "$run/pid/$name"
}
