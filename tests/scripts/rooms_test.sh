#!/usr/bin/env bash
# The rooms include each other only as the README's table says, and the house rules that a machine can check.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=expect.sh
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
cd "$root"

nothing() { # WHAT FOUND: what was looked for is not there
  check "$1: $2" test -z "$2"
}

rooms='actors|bus|http|schema|bridge|tests'

# foreign ROOM ALLOWED: lines of the room's sources that include a room that is not among ALLOWED (a|b).
foreign() {
  { grep -rnE "^ *# *include +\"($rooms)/" --include='*.cpp' --include='*.hpp' "$1" || true; } |
    { grep -vE "include +\"($2)/" || true; }
}

# caf ROOM: lines of the room's sources that include CAF.
caf() { grep -rnE '^ *# *include +[<"]caf/' --include='*.cpp' --include='*.hpp' "$1" || true; }

for room in schema bus bridge http; do
  nothing "$room includes only schema and itself" "$(foreign "$room" "schema|$room")"
  nothing "$room knows no CAF" "$(caf "$room")"
done
nothing 'the plugin includes only schema and itself' "$(foreign bridge/plugin 'schema|bridge/plugin')"
nothing 'no room includes tests' "$(foreign actors 'actors|bus|http|schema|bridge')"
for file in actors/protocol.hpp actors/type_ids.hpp actors/messages.hpp; do
  nothing "$file includes only schema and its own" "$(foreign "$file" 'schema|actors')"
done
nothing 'only the room of pg includes libpq' "$(grep -rlE '^ *# *include +<libpq' --include='*.cpp' --include='*.hpp' actors bus http bridge || true)"
nothing 'nothing is called util, helper or manager' \
  "$(git ls-files --cached --others --exclude-standard | grep -iE '(^|[/_.-])(utils?|helpers?|managers?)([/_.-]|$)' || true)"
nothing 'the top level is the plan of the house' \
  "$(git ls-files --cached --others --exclude-standard | cut -d/ -f1 | sort -u | grep -vxE '\..*|CMakeLists.txt|README.md|LICENSE|actors|bus|http|schema|bridge|tests|conf|scripts' || true)"
finish
