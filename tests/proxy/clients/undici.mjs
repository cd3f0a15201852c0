// Requests by Node's own fetch (undici), many at a time, some aborted; each answer must carry its request's id.
// usage: NODE_EXTRA_CA_CERTS=CERTIFICATE undici.mjs PORT COUNT
// Prints the number of good answers; exit 1 when one was bad.
const [port, count] = process.argv.slice(2).map(Number);
let good = 0;
let bad = 0;

async function ask(number) {
  const pace = number % 3;
  const id = `${String(pace).padStart(8, '0')}-0bbb-4000-8000-${number.toString(16).padStart(12, '0')}`;
  const path = `https://127.0.0.1:${port}/api/v1/devices/${id}`;
  const headers = { 'X-Request-Id': id };
  if (number % 5 === 0) {
    const aborting = new AbortController();
    setTimeout(() => aborting.abort(), number % 17);
    await fetch(path, { headers, signal: aborting.signal })
      .then((answer) => answer.text())
      .catch(() => {});
    return;
  }
  const options = number % 4 === 0 ? { method: 'POST', body: 'x'.repeat((number * 997) % 200_000), headers } : { headers };
  const answer = await fetch(number % 4 === 0 ? `${path}/telemetry` : path, options);
  const lines = (await answer.text()).split('\n');
  const own = lines.pop() === '' && lines.length > 0 && lines.every((line) => line === id);
  if (answer.status === 200 && answer.headers.get('x-client-request-id') === id && own) good += 1;
  else {
    bad += 1;
    console.error(`${number}: ${answer.status} ${answer.headers.get('x-client-request-id')} for ${id}`);
  }
}

for (let begun = 0; begun < count; begun += 20) {
  await Promise.all(Array.from({ length: 20 }, (_, i) => ask(begun + i)));
}
console.log(good);
process.exit(bad === 0 ? 0 : 1);
