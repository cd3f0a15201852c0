# shellcheck shell=bash
# Ports: chosen once for a run directory and kept in $run/ports/NAME. Sourced by scripts/stack.

declare -A usual_port=([postgres]=5432 [nats]=4222 [mosquitto]=1883 [epicura]=3000 [epicura-ops]=3001)

port_of() { cat "$run/ports/$1"; }

# Is anything listening there, on any address? From /proc, which is everywhere.
port_is_taken() {
  local hex
  printf -v hex '%04X' "$1"
  cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
    awk -v port=":$hex" '$4 == "0A" && substr($2, length($2) - 4) == port { taken = 1 } END { exit !taken }'
}

is_ours() { # PORT: chosen for another of this run directory's servers
  local file
  for file in "$run"/ports/*; do
    if [[ -f $file && $(<"$file") == "$1" ]]; then return 0; fi
  done
  return 1
}

choose_port() {
  local name=$1 port=${usual_port[$1]} tries
  for ((tries = 0; tries < 200; ++tries)); do
    # Below the range from which the kernel takes the ports of outgoing connections.
    if ((tries > 0)) || [[ -n $private ]]; then port=$((20000 + RANDOM % 12000)); fi
    if ! is_ours "$port" && ! port_is_taken "$port"; then
      echo "$port" >"$run/ports/$name"
      return
    fi
  done
  fail "found no free port for $name"
}

# Each server has its port before the first one starts, because they are told of each other. A port that somebody else has
# taken since is given up only while none of ours runs that was told of it.
assign_ports() {
  local name any_alive=no
  for name in "${servers[@]}"; do
    if alive "$name"; then any_alive=yes; fi
  done
  for name in postgres nats mosquitto epicura epicura-ops; do
    if [[ ! -s $run/ports/$name ]]; then
      choose_port "$name"
    elif [[ $any_alive == no ]] && port_is_taken "$(port_of "$name")"; then
      rm "$run/ports/$name"
      choose_port "$name"
    fi
  done
}

address_of() { echo "127.0.0.1:$(port_of "$1")"; }

# demand_port NAME: right before a server is started, for a message that says what is wrong.
demand_port() {
  local port
  port=$(port_of "$1")
  if port_is_taken "$port"; then fail "port $port of $1 is taken by another process"; fi
}
