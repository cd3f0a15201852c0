# shellcheck shell=bash
# Where things are: the checkout, the build, the run directory and each server's home in it. Sourced by scripts/stack.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
kind=${EPICURA_BUILD:-release}
build=$root/.build/$kind
run=${EPICURA_RUN_DIR:-$root/.run}
[[ $run == /* ]] || run=$PWD/$run
# A run directory of one's own (tests) takes ports at random, so that two that start at once do not want the same ones.
private=${EPICURA_RUN_DIR:+yes}

# All of it is on loopback, where a proxy of the caller's has no business.
export no_proxy=127.0.0.1,localhost,${no_proxy:-${NO_PROXY:-}}

# Debian keeps servers where ordinary users' PATH does not look.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

say() { printf '%s\n' "$*"; }
fail() {
  printf 'scripts/stack: %s\n' "$*" >&2
  exit 1
}

missing_program() {
  printf 'scripts/stack: %s is not installed: scripts/packages run\n' "$1" >&2
  exit 3
}

# In a run directory that is the stack's own, to be removed with all that is in it.
mark=.made_by_stack

# Was it made for the stack alone? It has the mark; or it is empty but for the lock of scripts/run; or it is one from before
# there were marks: laid out by the stack, and nothing else in it.
is_made_by_stack() {
  local entry name others=0
  if [[ -f $run/$mark ]]; then return 0; fi
  for entry in "$run"/* "$run"/.[!.]* "$run"/..?*; do
    name=${entry##*/}
    case $name in
      '*' | '.[!.]*' | '..?*' | kitchen.lock) ;;
      lock | log | pid | ports | secrets | env | env.new | postgres | nats | mosquitto | kitchen.json) others=1 ;;
      nats-server.conf | mosquitto.conf | kitchen.json.new) others=1 ;;
      *) return 1 ;;
    esac
  done
  ((others == 0)) || [[ -f $run/lock && -d $run/log && -d $run/pid && -d $run/ports ]]
}

make_run_dir() {
  (umask 022 && mkdir -p "$run") 2>/dev/null || fail "cannot make $run"
  run=$(cd "$run" && pwd -P)
  [[ -w $run ]] || fail "$run belongs to $(stat -c %U "$run"): run this as that user, or remove it"
  if is_made_by_stack; then : >>"$run/$mark"; fi
  mkdir -p "$run/log" "$run/pid" "$run/ports"
}

# PostgreSQL refuses to run as root, and Mosquitto gives root up: each runs as its package's user then.
# Prints nothing for an ordinary user, whose servers run as that user.
user_of() {
  if ((EUID == 0)) && [[ $1 == postgres || $1 == mosquitto ]]; then echo "$1"; fi
}

# as_server NAME COMMAND...: runs it as the server's user. setpriv becomes the command, so that a pid stays the server's.
as_server() {
  local user
  user=$(user_of "$1")
  shift
  if [[ -z $user ]]; then "$@"; else setpriv --reuid="$user" --regid="$user" --init-groups -- "$@"; fi
}

give_to() { # NAME PATH...
  local user
  user=$(user_of "$1")
  shift
  [[ -z $user ]] || chown -h "$user:$user" "$@"
}

# The longest path of a Unix socket is 107 bytes; a home has to leave room for "/socket/.s.PGSQL.65535".
longest_home=75

# Sets `home` to the server's private directory (mode 700, with data/ and socket/). It is $run/NAME, or, where the server's
# user cannot reach that, or its path is too long for a Unix socket or holds what a server's settings would take for an end
# (a space for Mosquitto, a comma for PostgreSQL), a directory under /var/tmp that $run/NAME links to.
home=
enter_home() {
  local name=$1 place=$run/$1
  if [[ ! -d $place ]]; then
    rm -f "$place" # a link whose directory somebody has cleaned away
    mkdir -m 700 "$place"
    give_to "$name" "$place"
    if ((${#place} > longest_home)) || [[ $place == *[^[:alnum:]/._-]* ]] || ! as_server "$name" test -w "$place" 2>/dev/null; then
      rmdir "$place"
      home=$(mktemp -d "/var/tmp/epicura-$name.XXXXXX")
      give_to "$name" "$home"
      ln -s "$home" "$place"
    fi
  fi
  home=$(cd "$place" && pwd -P)
  mkdir -p "$home/socket"
  give_to "$name" "$home/socket"
}

# configuration NAME: conf/NAME, or the run directory's own file of that name (a test with other limits).
configuration() { if [[ -f $run/$1 ]]; then echo "$run/$1"; else echo "$root/conf/$1"; fi; }

# Removes the run directory with all that the servers keep, also where it only links to it.
remove_run_dir() {
  local name
  for name in "${servers[@]}"; do
    if [[ -L $run/$name && $(readlink "$run/$name") == "/var/tmp/epicura-$name."* ]]; then rm -rf "$(readlink "$run/$name")"; fi
  done
  rm -rf "$run"
}
