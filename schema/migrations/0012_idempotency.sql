-- Requests with an Idempotency-Key, for 24 hours. The row is written in the transaction of what the request changes, so
-- the change is made once; the answer follows.
create table idempotency_keys (
  principal_id uuid not null,         -- a user, an API key, a device; of its row, where there is one
  route        text not null,         -- name of the operation
  key          text not null,
  fingerprint  bytea not null,        -- of the rest of the request
  created_at   timestamptz not null default now(),
  ended_at     timestamptz,           -- null: the answer is not known yet, or was lost
  status       int,                   -- null where the answer is not kept: there is a secret in it
  content_type text,
  headers      jsonb,
  body         text,
  primary key (principal_id, route, key)
);
create index idempotency_keys_created on idempotency_keys (created_at);
