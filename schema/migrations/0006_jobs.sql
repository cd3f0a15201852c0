-- What is to be done later, or by somebody else than who asks for it: written in the transaction that asks, so that it
-- is neither lost nor done for nothing. Who is at work on it is told by way of stream JOBS; how it stands is told here.
-- Arguments are ids: what they stand for is read when the job runs, and no secret lies in a queue.
create table jobs (
  id          uuid primary key,                       -- v7: the order of making
  kind        text not null,
  args        jsonb not null default '{}',
  state       text not null default 'waiting' check (state in ('waiting', 'queued', 'running', 'done', 'failed')),
  run_at      timestamptz not null default now(),     -- not before
  attempts    integer not null default 0,             -- begun, and not given back
  last_error  text,
  unique_key  text unique,                            -- of a scheduled one: its kind and its hour
  created_at  timestamptz not null default now(),
  changed_at  timestamptz not null default now(),     -- when the state did
  finished_at timestamptz                             -- done or failed
) with (fillfactor = 80);

create index jobs_open on jobs (run_at) where state in ('waiting', 'queued', 'running');
