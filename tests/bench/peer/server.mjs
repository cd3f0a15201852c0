// What one would build instead, in an afternoon: Fastify with JWT and Zod, Drizzle on PostgreSQL, mqtt.js on Mosquitto.
// It acknowledges a message when it arrives and stores it some time later.
//
// Environment: DATABASE_URL, PORT, MQTT_BROKER_URL (absent: no MQTT), POOL (connections to PostgreSQL, 10).
import jwt from '@fastify/jwt';
import rateLimit from '@fastify/rate-limit';
import { and, desc, eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import * as t from 'drizzle-orm/pg-core';
import fastify from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { connect } from 'mqtt';
import pg from 'pg';
import { z } from 'zod';

const { DATABASE_URL, PORT = '9181', MQTT_BROKER_URL, POOL = '10' } = process.env;

// ---- tables
const schema = t.pgSchema('peer');
const time = () => t.timestamp({ withTimezone: true, mode: 'string' });
const users = schema.table('users', {
  id: t.uuid().primaryKey(),
  email: t.text(),
  name: t.text(),
  role: t.text(),
  preferences: t.jsonb(),
  created_at: time(),
});
const recipes = schema.table('recipes', {
  id: t.uuid().primaryKey(),
  version: t.integer(),
  name: t.text(),
  cuisine: t.text(),
  servings: t.integer(),
  cook_time: t.integer(),
  difficulty: t.text(),
  ingredients: t.jsonb(),
  steps: t.jsonb(),
  image_url: t.text(),
  nutrition: t.jsonb(),
  created_at: time(),
  updated_at: time(),
});
const devices = schema.table('devices', {
  id: t.uuid().primaryKey(),
  owner_id: t.uuid(),
  name: t.text(),
  firmware_version: t.text(),
  status: t.text(),
  last_seen_at: time(),
  cooking_status: t.text(),
});
const readings = schema.table('device_telemetry', {
  device_id: t.uuid(),
  recorded_at: time(),
  metric: t.text(),
  value: t.doublePrecision(),
});
const db = drizzle(new pg.Pool({ connectionString: DATABASE_URL, max: Number(POOL) }));

// Rows committed since the start: what scripts/bench watches.
let written = 0;
async function store(rows) {
  await db.insert(readings).values(rows);
  written += rows.length;
}

// ---- HTTP
const server = fastify({ logger: false });
server.setValidatorCompiler(validatorCompiler);
server.setSerializerCompiler(serializerCompiler);
await server.register(jwt, { secret: 'a secret of the bench' });
await server.register(rateLimit, { max: 1_000_000_000, timeWindow: '1 minute' });

const signedIn = { preHandler: (request) => request.jwtVerify() };
const withId = { params: z.object({ id: z.uuid() }) };
const firstOr404 = (rows, reply) => rows[0] ?? reply.code(404).send({ error: 'there is none' });

server.get('/token', () => ({
  token: server.jwt.sign({ sub: '00000000-0000-4000-a000-000000000001', role: 'user' }),
}));

server.get('/metrics', (_, reply) => {
  reply.type('text/plain').send(`# rows committed\npeer_rows_written_total ${written}\n`);
});

server.get('/api/auth/me', signedIn, async (request, reply) =>
  firstOr404(await db.select().from(users).where(eq(users.id, request.user.sub)), reply));

server.get('/api/devices/:id', { ...signedIn, schema: withId }, async (request, reply) =>
  firstOr404(await db.select().from(devices).where(eq(devices.id, request.params.id)), reply));

server.get('/api/recipes/:id', { ...signedIn, schema: withId }, async (request, reply) =>
  firstOr404(await db.select().from(recipes).where(eq(recipes.id, request.params.id)), reply));

const page = z.object({
  q: z.string().optional(),
  cuisine: z.string().optional(),
  limit: z.coerce.number().max(100).default(20),
  offset: z.coerce.number().default(0),
});
server.get('/api/recipes', { ...signedIn, schema: { querystring: page } }, async ({ query }) => {
  const { q, cuisine, limit, offset } = query;
  const wanted = and(
    q ? sql`search @@ websearch_to_tsquery('english', ${q})` : undefined,
    cuisine ? eq(recipes.cuisine, cuisine) : undefined,
  );
  const { id, name, servings, cook_time, difficulty, image_url, version } = recipes;
  const [items, count] = await Promise.all([
    db
      .select({ id, name, cuisine: recipes.cuisine, servings, cook_time, difficulty, image_url, version })
      .from(recipes)
      .where(wanted)
      .orderBy(desc(recipes.updated_at), recipes.id)
      .limit(limit)
      .offset(offset),
    db.select({ total: sql`count(*)::int` }).from(recipes).where(wanted),
  ]);
  return { items, total: count[0].total, limit, offset };
});

const posted = z.object({
  readings: z.array(z.object({ metric: z.string(), value: z.number(), ts: z.string() })).min(1).max(1000),
});
server.post('/api/devices/:id/telemetry', { ...signedIn, schema: { ...withId, body: posted } }, async (request, reply) => {
  const device_id = request.params.id;
  await store(request.body.readings.map(({ metric, value, ts }) => ({ device_id, metric, value, recorded_at: ts })));
  return reply.code(202).send({ accepted: request.body.readings.length });
});

// ---- MQTT: rows are gathered for 100 ms, or until there are 1,000, and inserted 2,000 at a time at most
if (MQTT_BROKER_URL) {
  const waiting = [];
  let inserting = false;
  const insert = async () => {
    if (inserting || waiting.length === 0) return;
    inserting = true;
    await store(waiting.splice(0, 2000));
    inserting = false;
    if (waiting.length > 0) setImmediate(insert);
  };
  setInterval(insert, 100);

  const broker = connect(MQTT_BROKER_URL, { clean: true });
  broker.on('message', (topic, payload) => {
    const level = topic.split('/');
    let reading;
    try {
      reading = JSON.parse(payload);
    } catch {
      return;
    }
    waiting.push({ device_id: level[1], metric: level[3], value: reading.value, recorded_at: reading.ts });
    if (waiting.length >= 1000) insert();
  });
  await new Promise((subscribed) => {
    broker.on('connect', () => broker.subscribe('epicura/+/telemetry/#', { qos: 1 }, subscribed));
  });
}

await server.listen({ host: '127.0.0.1', port: Number(PORT) });
