-- Devices. status, its reason, epoch and time are written by the consumer of status messages (compare-and-set on
-- (status_epoch, status_at)) and by the sweep of the silent ones; last_seen_at by the telemetry writer.
-- Room is left in each page so that an update that touches no index stays in its page.
create table devices (
  id               uuid primary key,
  name             text,
  model            text,
  firmware_version text,
  status           text not null default 'offline' check (status in ('online', 'offline')),
  status_reason    text,                           -- birth, will, timeout, seen; null: never heard of
  status_epoch     bigint not null default -1,     -- -1: never heard of
  status_at        timestamptz,                    -- when the cloud stored the message
  last_seen_at     timestamptz,
  cooking_status   text not null default 'idle',
  session_id       uuid,
  reported         jsonb not null default '{}',
  token_generation integer not null default 1 check (token_generation > 0),
  created_at       timestamptz not null default now()
) with (fillfactor = 80);
