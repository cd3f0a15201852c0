-- Whose a device is, and with whom it is shared: what a person may see of a device hangs on these alone, and begins with
-- the time in which they had the right.
alter table devices
  add column owner_id    uuid references users (id) on delete set null,
  add column owned_since timestamptz,                     -- set with owner_id
  add constraint devices_owned_since check (owner_id is null or owned_since is not null);
create index devices_owner on devices (owner_id) where owner_id is not null;

-- A share that is older than owned_since was given by an owner of before, and counts for nothing.
create table device_shares (
  device_id  uuid not null references devices (id) on delete cascade,
  user_id    uuid not null references users (id) on delete cascade,
  role       text not null default 'guest' check (role in ('guest')),
  created_at timestamptz not null default now(),
  primary key (device_id, user_id)
);
create index device_shares_user on device_shares (user_id);

-- Keys that people make for programs of theirs. The key itself is not here, only its keyed hash. One that was revoked, or
-- has expired, is of no use any more and goes after a while.
create table api_keys (
  id           uuid primary key,                          -- v7
  user_id      uuid not null references users (id) on delete cascade,
  name         text not null,                             -- as its user calls it
  hash         bytea not null,
  scopes       text[] not null,                           -- names of schema/scope.hpp
  created_at   timestamptz not null default now(),
  expires_at   timestamptz not null check (expires_at <= created_at + interval '8760 hours'),
  last_used_at timestamptz,                               -- to the minute; null: never
  revoked_at   timestamptz                                -- null: it was not
);
create index api_keys_user on api_keys (user_id) where revoked_at is null;
