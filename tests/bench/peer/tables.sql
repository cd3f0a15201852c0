-- What the peer works on, in a schema of its own on the same server. Made anew at every run.
set client_min_messages = warning;
drop schema if exists peer cascade;
create schema peer;
set search_path to peer;

create table users (
  id          uuid primary key,
  email       text not null unique,
  name        text not null,
  role        text not null default 'user',
  preferences jsonb not null default '{}',
  created_at  timestamptz not null default now()
);

create table recipes (
  id          uuid primary key,
  version     int not null default 1,
  name        text not null,
  cuisine     text not null,
  servings    int not null,
  cook_time   int not null,
  difficulty  text not null,
  ingredients jsonb not null,
  steps       jsonb not null,
  image_url   text,
  nutrition   jsonb not null,
  created_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now(),
  search      tsvector generated always as (to_tsvector('english', name || ' ' || cuisine)) stored
);
create index recipes_search on recipes using gin (search);

create table devices (
  id               uuid primary key,
  owner_id         uuid,
  name             text,
  firmware_version text not null,
  status           text not null default 'offline',
  last_seen_at     timestamptz,
  cooking_status   text not null default 'idle'
);

create table device_telemetry (
  device_id   uuid not null,
  recorded_at timestamptz not null,
  metric      text not null,
  value       double precision not null
);
create index device_telemetry_latest on device_telemetry (device_id, metric, recorded_at desc);

create function numbered(family text, number int) returns uuid language sql immutable as
$$ select format('00000000-0000-4000-%s-%s', family, lpad(to_hex(number), 12, '0'))::uuid $$;

insert into users (id, email, name)
select numbered('a000', n), format('cook%s@example.org', n), format('Cook %s', n) from generate_series(1, 1000) n;

insert into devices (id, firmware_version)
select numbered('8000', n), '1.0.0' from generate_series(0, 999) n;

insert into recipes (id, name, cuisine, servings, cook_time, difficulty, ingredients, steps, nutrition)
select numbered('9000', n),
       format('%s no. %s', (array['Lentil curry', 'Tomato risotto', 'Onion soup', 'Green curry', 'Bean stew', 'Noodle bowl'])[1 + n % 6], n),
       (array['indian', 'italian', 'french', 'thai', 'mexican'])[1 + n % 5],
       1 + n % 6, 10 + n % 90, (array['easy', 'medium', 'hard'])[1 + n % 3],
       (select jsonb_agg(jsonb_build_object('name', format('ingredient %s', k), 'quantity', 25 * k, 'unit', 'g')) from generate_series(1, 10) k),
       (select jsonb_agg(jsonb_build_object('index', k, 'instruction', format('Step %s: keep it moving until it thickens', k),
                                            'duration_s', 45 * k, 'temperature_c', 90 + 5 * k)) from generate_series(1, 8) k),
       jsonb_build_object('calories', 350 + n % 400, 'protein_g', 24, 'carbs_g', 52, 'fats_g', 15)
from generate_series(1, 1000) n;

drop function numbered;
analyze users, recipes, devices;
