# shellcheck shell=bash
# Signing in: as fast as the hash function allows, and at nobody else's cost. Sourced by scripts/bench.

# An account of its own: sets sign_in_body.
account() {
  local email password='a password of the bench'
  email=$(</proc/sys/kernel/random/uuid)@example.org
  sign_in_body="{\"email\": \"$email\", \"password\": \"$password\"}"
  curl -sf -m 10 -o /dev/null -H 'Content-Type: application/json' "$EPICURA_URL/api/auth/register" -d "$sign_in_body"
}

# log_ins SECONDS CLIENTS: wrk, each connection with its next log-in as soon as it has its answer.
log_ins() {
  SIGN_IN_BODY=$sign_in_body wrk -t1 "-c$2" "-d${1}s" --timeout 15s -s "$parts/log_in.lua" "$EPICURA_URL/api/auth/login" |
    tail -n 1
}

row_log_in() {
  local round ours alone shares=() details
  say 'log-in: POST /api/auth/login with the right password, beside the hash function alone on one thread'
  needs_wrk || return 4
  account
  log_ins 2 64 >/dev/null
  for ((round = 1; round <= rounds; ++round)); do
    ours=$(log_ins "$(turn_s)" 64)
    alone=$("$built/tests/bench_hash" "$(turn_s)")
    [[ $(member failed "$ours") == 0 ]] || { say "  log-ins failed: $ours" >&2 && return 1; }
    shares+=("$(calculate "100 * $(member rate "$ours") / $(member rate "$alone")" .1f)")
    printf '  %d  %s %%  (%s/s beside %s/s)\n' "$round" "${shares[-1]}" "$(member rate "$ours")" "$(member rate "$alone")"
  done
  verdict log-in ' %' more 85 95 "${shares[@]}"
}

row_log_in_crowd() {
  local rate=4000 round alone beside ratios=() pairs=() details crowd
  say "log-in-crowd: device status at $rate/s, alone and while 200 wait to sign in"
  needs_wrk || return 4
  device
  account
  our_processes
  reads() { open_turn "$(turn_s)" "$device_url" "$rate" --token "$EPICURA_ADMIN_TOKEN"; }
  reads >/dev/null
  for ((round = 1; round <= rounds; ++round)); do
    alone=$(reads)
    log_ins $(($(turn_s) + 3)) 200 >"$run/crowd.log" &
    crowd=$!
    # 200 connections, and one thread at work: all but one wait.
    until_true 5 waits 150 || { say '  nobody waits' >&2 && return 1; }
    beside=$(reads)
    wait "$crowd"
    ratios+=("$(calculate "$(member p99_us "$beside") / $(member p99_us "$alone")")")
    pairs+=("[$(member p99_us "$alone"), $(member p99_us "$beside")]")
    printf '  %d  p99 ratio %s, %s log-ins/s meanwhile\n' "$round" "${ratios[-1]}" "$(member rate "$(<"$run/crowd.log")")"
    show alone "$alone"
    show beside "$beside"
  done
  details="\"rate\": $rate, \"p99_us\": [$(join_by ', ' "${pairs[@]}")]"
  verdict log-in-crowd '' less 2 2 "${ratios[@]}"
}
waits() { # HOW-MANY: at least so many wait for the thread that hashes
  local waiting
  waiting=$(curl -sf -m 2 "$EPICURA_OPS_URL/metrics?name[]=epicura_password_waiting" | sed -n 's/^epicura_password_waiting //p')
  holds "${waiting:-0} >= $1"
}
