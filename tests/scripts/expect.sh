# shellcheck shell=bash
# What the tests of the scripts are written with. Sourced.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
scratch=$(mktemp -d /tmp/epicura-scripts.XXXXXX)
trap 'rm -rf "$scratch"' EXIT # until a test has more to clean up
chmod 755 "$scratch" # the servers' own users pass through it
export no_proxy=127.0.0.1,localhost,${no_proxy:-${NO_PROXY:-}}
checks=0
failures=0

check() { # WHAT CONDITION...: a command that has to succeed
  local what=$1
  shift
  checks=$((checks + 1))
  if ! "$@"; then
    failures=$((failures + 1))
    printf 'FAILED: %s\n  %s\n' "$what" "$*" >&2
  fi
}

# exits CODE COMMAND...: ends with that code; what it printed is in $output.
output=
exits() {
  local wanted=$1 code=0
  shift
  checks=$((checks + 1))
  output=$("$@" 2>&1 </dev/null) || code=$?
  if ((code != wanted)); then
    failures=$((failures + 1))
    printf 'FAILED: exit %d, wanted %d\n  %s\n%s\n' "$code" "$wanted" "$*" "$output" >&2
  fi
}

says() { # TEXT: in the output of the last `exits`
  check "says '$1'" grep -qF -- "$1" <<<"$output"
}

finish() {
  printf '%d checks, %d failed\n' "$checks" "$failures"
  ((failures == 0))
}
