# shellcheck shell=bash
# Figures: medians, verdicts, what /proc and /metrics say. Sourced by scripts/bench.

failed=no
skipped=no
say() { printf '%s\n' "$*"; }

median() {
  printf '%s\n' "$@" | sort -g |
    awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}
least() { printf '%s\n' "$@" | sort -g | head -n 1; }
most() { printf '%s\n' "$@" | sort -g | tail -n 1; }
calculate() { awk "BEGIN { printf \"%${2:-.2f}\", $1 }"; } # EXPRESSION [FORMAT]
holds() { awk "BEGIN { exit !($1) }"; }                    # EXPRESSION

# verdict ROW UNIT more|less FLOOR GOAL VALUE...: prints the values' median and whether it is enough; 1 when it is not.
# `more`: the higher, the better. A floor of - is none.
verdict() {
  local row=$1 unit=$2 better=$3 floor=$4 goal=$5 value sign='>=' word reached=0
  shift 5
  value=$(median "$@")
  if [[ $better == less ]]; then sign='<='; fi
  if holds "$value $sign $goal"; then
    word='goal reached'
  elif [[ $floor == - ]]; then
    word='below the goal, which has no floor'
  elif holds "$value $sign $floor"; then
    word='above the floor'
    if [[ $better == less ]]; then word='below the limit'; fi
  else
    word='NOT ENOUGH'
    reached=1
  fi
  printf '  %-14s median %s%s  (%s to %s)  floor %s, goal %s: %s\n' "$row" "$value" "$unit" "$(least "$@")" "$(most "$@")" \
    "$floor" "$goal" "$word"
  printf '{"row": "%s", "unit": "%s", "median": %s, "values": [%s], "floor": %s, "goal": %s, "enough": %s%s}\n' "$row" "${unit# }" \
    "$value" "$(join_by ', ' "$@")" "${floor/#-/null}" "$goal" "$( ((reached == 0)) && echo true || echo false)" "${details:+, $details}" \
    >>"$run/results"
  return "$reached"
}

join_by() { # SEPARATOR WORD...
  local separator=$1 first=$2
  shift 2
  printf '%s' "$first" "${@/#/$separator}"
}

write_json() {
  if [[ -z $json || ! -s $run/results ]]; then return; fi
  { echo '[' && sed '$!s/$/,/' "$run/results" && echo ']'; } >"$json"
}

# A number in one line of JSON.
member() { sed -n "s/.*\"$1\":\([-+0-9.e]*\).*/\1/p" <<<"$2"; }

# User and system time of a process and of its children that have ended, so far, in ms (by ticks of 10 ms); 0 for none.
cpu_ms() {
  local line='' fields
  read -r line 2>/dev/null <"/proc/$1/stat" || true
  read -r -a fields <<<"${line##*) }" # the name, in brackets, may hold anything
  echo $(((${fields[11]:-0} + ${fields[12]:-0} + ${fields[13]:-0} + ${fields[14]:-0}) * 1000 / $(getconf CLK_TCK)))
}
rss_kb() { awk '/^VmRSS/ { print $2 }' "/proc/$1/status"; }
now_ms() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }

# The value of a metric of the program without labels.
metric() { curl -s -m 5 "$EPICURA_OPS_URL/metrics" | awk -v name="$1" '$1 == name { printf "%.0f\n", $2 }'; }
ask() { psql -qAtX "$DATABASE_URL" -c "$1"; }

# until_true SECONDS COMMAND...: asks ten times a second; false when the time is over. until_soon: 200 times a second.
until_true() { until_so 0.1 "$@"; }
until_soon() { until_so 0.005 "$@"; }
until_so() { # PAUSE SECONDS COMMAND...
  local pause=$1 deadline=$((SECONDS + $2))
  shift 2
  until "$@"; do
    ((SECONDS < deadline)) || return 1
    sleep "$pause"
  done
}
