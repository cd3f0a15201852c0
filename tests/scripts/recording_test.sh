#!/usr/bin/env bash
# `epicura record` and `epicura replay` as a person uses them: what they say to what is wrong, and their counts.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=expect.sh
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
export EPICURA_RUN_DIR=$scratch/run EPICURA_STACK_NO_BUILD=1
trap '"$root/scripts/stack" down >/dev/null 2>&1; rm -rf "$scratch"' EXIT
"$root/scripts/stack" up >"$scratch/up" 2>&1 || { cat "$scratch/up" >&2 && exit 1; }
set -a
# shellcheck source=/dev/null
source "$EPICURA_RUN_DIR/env"
set +a
cd "$scratch"
client() { env -u EPICURA_RUN_DIR -u EPICURA_STACK_NO_BUILD "$EPICURA_BIN" "$@"; }
in_place() { exec env -u EPICURA_RUN_DIR -u EPICURA_STACK_NO_BUILD "$EPICURA_BIN" "$@"; } # for the background
until_true() { # SECONDS COMMAND...
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    if ((SECONDS > end)); then return 1; fi
    sleep 0.02
  done
}
messages_in() { cat "$@" | grep -c '^{"at":' || true; }
stored() { client record --stream TELEMETRY --out "$1" --quiet >/dev/null 2>&1 && messages_in "$1"; } # FILE, a new one

# -- wrong usage
exits 0 client record --help
says 'usage: epicura record'
exits 0 client replay --help
exits 2 client record 'a..b'
says "'a..b' is no subject"
exits 2 client record 'epicura.>' 'epicura.*.status'
says 'overlap'
exits 2 client record --from-seq 5
says 'give --stream'
exits 2 client record --stream TELEMETRY --from yesterday
says 'legal is a time as'
exits 3 env -u NATS_RECORDER_URL -u NATS_OPS_URL -u EPICURA_RUN_DIR -u EPICURA_STACK_NO_BUILD "$EPICURA_BIN" record
says 'set NATS_RECORDER_URL'
exits 2 client replay
says 'which FILE?'
exits 2 client replay --speed fast x
exits 2 client replay --times tomorrow x
exits 2 client replay --devices nowhere.json x
exits 2 client replay --only 'a..b' x
exits 3 env -u NATS_REPLAYER_URL -u EPICURA_RUN_DIR -u EPICURA_STACK_NO_BUILD "$EPICURA_BIN" replay x
exits 1 client record --stream NOBODY --out nobody.jsonl
says 'there is no stream NOBODY'
check 'nothing is left of it' test ! -e nobody.jsonl -a ! -e nobody.jsonl.part
exits 1 client record --url "$NATS_OPS_URL" --out denied.jsonl 'cloud.users.>'
says 'may not listen'
check 'nothing is left of it' test ! -e denied.jsonl -a ! -e denied.jsonl.part

# -- live: what passed is in the file, once, and the file is whole only at its end
in_place record --out live.jsonl --json >live.json 2>live.log 'epicura.*.telemetry.>' &
recorder=$!
until_true 10 test -s live.jsonl.part
client simulate --devices 5 --rate 40 --count 40 --quiet >/dev/null
until_true 10 grep -q ' 200 messages' live.log # nats-server answers for what it stored before it has told all who listen
kill -TERM "$recorder"
wait "$recorder" || check 'record ends well' false
check 'all 200 are recorded' test "$(messages_in live.jsonl)" = 200
check 'the count is right' grep -q '"messages":200,.*"gaps":0' live.json
check 'it is its owner'"'"'s' test "$(stat -c %a live.jsonl)" = 600
exits 1 client record --out live.jsonl --count 1
says 'live.jsonl exists'

# -- out of a stream, in parts
exits 0 client record --stream TELEMETRY --out parts.jsonl --rotate-mb 0.01
check 'there are parts' test -s parts.0002.jsonl
check 'all 200 are in them' test "$(messages_in parts.*.jsonl)" = 200
exits 0 client record --stream TELEMETRY --from-seq 11 --to-seq 20 --out ten.jsonl
says 'recorded 10 messages'

# -- back onto the bus
exits 0 client replay --speed max --devices new:one parts.*.jsonl
says 'published 200 of 200 messages'
check 'they are stored again' test "$(stored all.jsonl)" = 400
exits 1 client replay --speed max parts.0002.jsonl parts.0001.jsonl
says 'where part 3 has to come'

# -- stopped, and gone on with: nothing is missing, nothing is there twice
sed -n 1p live.jsonl >slow.jsonl
grep '^{"at":' live.jsonl | awk '{ sub(/"at":"[^"]*"/, sprintf("\"at\":\"2026-11-20T10:00:%02d.%03dZ\"", int(NR / 20), NR % 20 * 50)); print }' >>slow.jsonl
in_place replay --unsealed --speed 2 --devices new:two slow.jsonl >slow.out 2>slow.err &
player=$!
before=$(stored before.jsonl)
some_are_stored() { rm -f look.jsonl && (($(stored look.jsonl) >= before + 20)); }
until_true 20 some_are_stored
kill -TERM "$player"
code=0
wait "$player" || code=$?
check 'a stopped replay ends with 1' test "$code" = 1
skip=$(sed -n 's/.*--skip \([0-9]*\).*/\1/p' slow.err)
check 'it says how to go on' test -n "$skip"
exits 0 client replay --unsealed --speed max --devices new:two --skip "$skip" slow.jsonl
check 'nothing is missing, nothing is there twice' test "$(stored after.jsonl)" = $((400 + 200))

# -- two at once
in_place replay --speed 20 --unsealed --devices new:three slow.jsonl >/dev/null 2>&1 &
one=$!
exits 0 client replay --speed 20 --unsealed --devices new:four slow.jsonl
wait "$one" || check 'the other is played too' false
check 'both are stored' test "$(stored both.jsonl)" = 1000

# -- files that are not whole, or nothing of ours
head -c 3000 live.jsonl >cut.jsonl
exits 1 client replay cut.jsonl
says 'cut off within this line'
exits 0 client replay --unsealed --speed max cut.jsonl
says 'left out: 1 lines'
sed '5s/"value":/"value":1/' live.jsonl >changed.jsonl
exits 1 client replay changed.jsonl
says 'the checksum of the seal does not fit'
gzip -k live.jsonl
exits 0 client replay --speed max live.jsonl.gz
says 'published 200 of 200'
head -c 500 live.jsonl.gz >cut.gz
exits 1 client replay cut.gz
says 'cut off'
exits 1 client replay /bin/sh
says 'is no recording'
exits 1 client replay nowhere.jsonl
says 'No such file'

# -- what may not be said again
order() {
  echo '{"epicura_recording":1,"source":"live","subjects":["epicura.>"]}'
  echo "{\"at\":\"2026-11-20T10:00:00Z\",\"subject\":\"$1\",\"payload\":{}}"
}
for subject in commands ota shadow.desired; do
  order "epicura.01234567-89ab-4cde-8f01-23456789abcd.$subject" >order.jsonl
  exits 1 client replay --unsealed order.jsonl
  says 'makes a pot act'
  exits 0 client replay --unsealed --only 'epicura.*.telemetry' order.jsonl
  says 'published 0 of 0'
done
order cloud.jobs.mail >order.jsonl
exits 1 client replay --unsealed order.jsonl
says 'only what is on epicura.>'
order epicura.a.nobody.takes.it >order.jsonl
exits 1 client replay --unsealed order.jsonl
says 'no stream takes it'

# -- nats-server away for a while: what passed meanwhile is a gap in the file, and the exit code says so
in_place record --out gap.jsonl >gap.out 2>gap.log &
recorder=$!
until_true 10 test -s gap.jsonl.part
kill -9 "$NATS_PID"
until_true 10 grep -q disconnected gap.log
env EPICURA_RUN_DIR="$EPICURA_RUN_DIR" "$root/scripts/stack" restart nats >/dev/null
is_back() { [[ $(grep -c ' connected to NATS' gap.log) == 2 ]]; }
until_true 10 is_back
kill -TERM "$recorder"
code=0
wait "$recorder" || code=$?
check 'gaps make the exit code 4' test "$code" = 4
check 'the gap stands in the file' grep -q '^{"gap":.*"no connection to nats-server"' gap.jsonl
check 'and is counted' grep -q 'gaps 1' gap.out
exits 0 client replay gap.jsonl
says 'the recording has 1 gaps'

# -- a disk that is full
client record --stream TELEMETRY --out fits.jsonl --quiet >/dev/null 2>&1
size=$(stat -c %s fits.jsonl)
exits 1 bash -c "trap '' XFSZ; ulimit -f $((size / 2048)); exec \"\$@\"" - env -u EPICURA_RUN_DIR -u EPICURA_STACK_NO_BUILD \
  "$EPICURA_BIN" record --stream TELEMETRY --out full.jsonl --quiet
says 'takes no more'
says "recorded $(messages_in full.jsonl.part) messages"
check 'it is not called whole' test ! -e full.jsonl
exits 0 client replay --unsealed --speed max --devices new:five full.jsonl.part

finish
