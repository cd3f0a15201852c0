-- An account that its owner has deleted: for 30 days it can be taken back, then a job erases it. Its password is put
-- aside, so that nothing that signs in by it knows it any more, whatever version of the program asks.
alter table users
  add column deleted_at            timestamptz,  -- null: not deleted
  add column deleted_password_hash text;         -- what password_hash was

create index users_deleted on users (deleted_at) where deleted_at is not null;

-- A time as the API writes it; null stays null.
create function api_time(at timestamptz) returns text language sql immutable parallel safe as
  $$ select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') $$;

-- What is still to be done for a user, and was done.
create index jobs_user on jobs ((args->>'user'));
