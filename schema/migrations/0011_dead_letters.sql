-- What could not be kept, with its reason: stream DEAD_LETTER as a table, for people to look through and to send off
-- again. Letters are kept for 30 days.
create table dead_letters (
  id          uuid primary key,     -- v7: the order of making
  at          timestamptz not null,
  source      text not null,        -- mqtt, telemetry, device, http, command, job
  device_id   uuid,                 -- as far as it is known
  origin      text not null,        -- topic or subject
  code        text not null,
  detail      text not null,
  stream_seq  bigint,               -- of the message in its own stream
  size        bigint not null,      -- bytes of the whole payload
  payload     bytea not null,       -- the first 4 KiB of it
  replayed_at timestamptz,          -- when it was last sent off again
  -- and by whom: null also of an operator without account
  replayed_by uuid references users (id) on delete set null
);

create index dead_letters_device on dead_letters (device_id, id) where device_id is not null;
create index dead_letters_replayed_by on dead_letters (replayed_by) where replayed_by is not null;
create index dead_letters_at on dead_letters (at);

-- Admins are few, and looked for by themselves when one of them is to be none any more.
create index users_admins on users (id) where role = 'admin';
