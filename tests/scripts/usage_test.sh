#!/usr/bin/env bash
# Wrong usage is exit 2 with the usage on standard error, and does nothing; --help is exit 0.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=expect.sh
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
trap 'rm -rf "$scratch"' EXIT
export EPICURA_RUN_DIR=$scratch/run

for script in stack run test format lint build packages coverage bench; do
  exits 0 "$root/scripts/$script" --help
  says "usage: scripts/$script"
  exits 2 "$root/scripts/$script" --no-such-option
  says "usage: scripts/$script"
done

exits 2 "$root/scripts/stack"
exits 2 "$root/scripts/stack" dance
says "there is no verb 'dance'"
exits 2 "$root/scripts/stack" up kettle
says "there is no server 'kettle'"
exits 2 "$root/scripts/stack" restart
says "restart takes one name"
exits 2 "$root/scripts/stack" restart postgres nats
exits 2 "$root/scripts/stack" down postgres
exits 2 "$root/scripts/stack" status postgres
exits 2 "$root/scripts/stack" up --remove
exits 2 env EPICURA_BUILD=fast "$root/scripts/stack" status
says "legal are release, debug, asan"
exits 2 "$root/scripts/run" --seconds soon
exits 2 "$root/scripts/run" --seconds
exits 2 "$root/scripts/packages"
exits 2 "$root/scripts/build" fast
exits 2 "$root/scripts/format" --check again
exits 2 "$root/scripts/lint" --shell some.cpp
exits 2 "$root/scripts/coverage" --html

exits 3 "$root/scripts/stack" status
check "nothing was made" test ! -e "$EPICURA_RUN_DIR"
exits 0 "$root/scripts/stack" down
check "nothing was made" test ! -e "$EPICURA_RUN_DIR"

# Every package has one name that Debian knows by.
exits 0 "$root/scripts/packages" run --list
says "postgresql"
check "no package twice" test -z "$("$root/scripts/packages" test --list | sort | uniq -d)"

finish
