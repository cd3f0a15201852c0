-- The audit log: who did what to what, when, from where. Rows are only ever added. Each holds the hash of the one before
-- it, so that a row that was changed, removed or slipped in is found by whoever computes the chain (schema/audit_chain).
--
-- An actor and a target are named by their ids, never by name or e-mail: once a user is erased, what is left of them here
-- is a pseudonym. `address` is the one personal datum; it stands outside of the hash, so that it can be forgotten.
create table audit_log (
  seq         bigint primary key,              -- 1, 2, 3, ... without a gap, in the order of commits
  at          timestamptz not null,            -- whole milliseconds
  actor_kind  text not null check (actor_kind in ('nobody', 'user', 'admin', 'device', 'api_key', 'system', 'operator')),
  actor_id    uuid,
  action      text not null,                   -- auth.login, user.password_changed, ...
  target_kind text,
  target_id   text,
  request_id  text,
  address     text,                            -- from where; null: from nowhere, or forgotten
  outcome     text not null check (outcome in ('done', 'denied', 'failed')),
  detail      jsonb not null default '{}' check (jsonb_typeof(detail) = 'object'),
  prev_hash   bytea not null,                  -- hash of the row before; 32 zero bytes in row 1
  hash        bytea not null                   -- SHA-256
);

create index audit_log_actor on audit_log (actor_id, seq) where actor_id is not null;
create index audit_log_target on audit_log (target_id, seq) where target_id is not null;

-- Numbers a new row, dates it and chains it, whatever its writer says of these four columns. One writer at a time, from
-- its insert to its commit: an insert into the log is its transaction's last statement. A transaction whose snapshot is
-- older than the last row (repeatable read) is refused by the primary key.
--   hash = SHA-256(prev_hash | each of seq, at, actor_kind, actor_id, action, target_kind, target_id, request_id,
--                  outcome, detail as length (4 bytes) | bytes; a null is the length -1 alone)
-- seq as 8 bytes, at as 8 bytes of microseconds since 1970, an id as its 16 bytes, all else as UTF-8 text; numbers are
-- big-endian. seqscan is off, since a plan made while the log was short would be kept while it grows.
create function audit_log_chain() returns trigger
language plpgsql
security definer
set enable_seqscan = off
as $$
declare
  last record;
  field bytea;
  chained bytea;
begin
  perform pg_advisory_xact_lock(1701865827, 4);
  select l.seq, l.hash into last from audit_log l order by l.seq desc limit 1;
  new.seq := coalesce(last.seq, 0) + 1;
  new.at := date_trunc('milliseconds', clock_timestamp());
  new.prev_hash := coalesce(last.hash, decode(repeat('00', 32), 'hex'));
  chained := new.prev_hash;
  foreach field in array array[
    int8send(new.seq), int8send((extract(epoch from new.at) * 1000000)::bigint), convert_to(new.actor_kind, 'UTF8'),
    uuid_send(new.actor_id), convert_to(new.action, 'UTF8'), convert_to(new.target_kind, 'UTF8'),
    convert_to(new.target_id, 'UTF8'), convert_to(new.request_id, 'UTF8'), convert_to(new.outcome, 'UTF8'),
    convert_to(new.detail::text, 'UTF8')]
  loop
    chained := chained || coalesce(int4send(octet_length(field)) || field, int4send(-1));
  end loop;
  new.hash := sha256(chained);
  return new;
end
$$;

-- Lets an address become null, and nothing else. (*<> compares bytes: 1.0 and 1.00 are equal JSON, and hashed otherwise.)
create function audit_log_refuse() returns trigger
language plpgsql
as $$
begin
  if tg_op = 'UPDATE' then
    old.address := null;
    if not (new *<> old) then
      return new;
    end if;
  end if;
  raise exception 'audit_log takes new rows only: % is refused', lower(tg_op) using errcode = 'insufficient_privilege';
end
$$;

create trigger audit_log_chain before insert on audit_log for each row execute function audit_log_chain();
create trigger audit_log_keep_rows before update on audit_log for each row execute function audit_log_refuse();
create trigger audit_log_keep_all before delete or truncate on audit_log
  for each statement execute function audit_log_refuse();

-- Forgets from where a user came who is erased, also where they failed to sign in and nobody was known yet, or a device by
-- its token; in how many rows. The chain stays whole.
create function audit_forget_addresses(erased uuid) returns bigint
language plpgsql
security definer
as $$
declare
  forgotten bigint;
begin
  update audit_log set address = null
  where address is not null
    and (actor_id = erased or (target_id = erased::text and target_kind = 'user' and actor_kind in ('nobody', 'device')));
  get diagnostics forgotten = row_count;
  return forgotten;
end
$$;

-- Whose rights the functions run with must not depend on where their caller looks for names. And to whom the table
-- belongs may only do what these functions do; an owner that wants more has to grant it to itself first.
do $$
begin
  execute format('alter function audit_log_chain() set search_path = pg_catalog, %I, pg_temp', current_schema());
  execute format('alter function audit_log_refuse() set search_path = pg_catalog, %I, pg_temp', current_schema());
  execute format('alter function audit_forget_addresses(uuid) set search_path = pg_catalog, %I, pg_temp',
                 current_schema());
end
$$;
revoke all on audit_log from public, current_user;
grant select, insert, update (address) on audit_log to current_user;
revoke all on function audit_log_chain(), audit_log_refuse(), audit_forget_addresses(uuid) from public;

-- The log belongs to a role that nobody can sign in as, and the program's role may only add to it and read it. A role that
-- may not make that one keeps the table, which the triggers then guard alone: a superuser gives it away later, by
-- conf/audit_owner.sql. Membership is taken for as long as it is needed. Since PostgreSQL 16 who made a role is no member
-- of it by that, and a member may or may not become it.
do $$
declare
  program text := quote_ident(current_user);
  space text := quote_ident(current_schema());
  is_16 boolean := current_setting('server_version_num')::integer >= 160000;
  is_lent boolean := false;
begin
  if not exists (select from pg_roles where rolname = 'epicura_audit') then
    begin
      create role epicura_audit nologin;
    exception when duplicate_object or unique_violation then
      null;  -- another database of this cluster migrates at the same moment
    end;
  end if;
  if not pg_has_role('epicura_audit', case when is_16 then 'SET' else 'MEMBER' end) then
    execute 'grant epicura_audit to ' || program || case when is_16 then ' with inherit false, set true' else '' end;
    is_lent := true;
  end if;
  execute format('grant usage, create on schema %s to epicura_audit', space);
  alter table audit_log owner to epicura_audit;
  alter function audit_log_chain() owner to epicura_audit;
  alter function audit_log_refuse() owner to epicura_audit;
  alter function audit_forget_addresses(uuid) owner to epicura_audit;
  set local role epicura_audit;
  execute format('grant select, insert on audit_log to %s', program);
  execute format('grant execute on function audit_forget_addresses(uuid) to %s', program);
  reset role;
  execute format('revoke create on schema %s from epicura_audit', space);
  if is_lent then
    execute 'revoke epicura_audit from ' || program;
  end if;
exception when insufficient_privilege then
  raise notice 'audit_log stays with %: %', program, sqlerrm;
end
$$;
