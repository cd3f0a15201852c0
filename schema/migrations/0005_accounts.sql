-- An e-mail address is unique without regard to case, that of every alphabet and whatever locale the cluster was made
-- with, however its accents are composed, and whatever form the end of a word gives a Greek sigma.
drop index users_email;
create unique index users_email on users (translate(lower(normalize(email) collate "und-x-icu"), 'ς', 'σ'));

-- What a person signs in with, and what they are signed in on.
alter table users
  add column password_hash       text,                            -- null: nobody can sign in by password
  add column email_verified      boolean not null default false,
  add column disabled_at         timestamptz,                     -- null: not disabled
  add column dietary_preferences jsonb not null default '[]',
  add column allergies           jsonb not null default '[]',
  add column preferences         jsonb not null default '{}';

-- One row a log-in: the phone, browser or tool that holds its refresh token. The token itself is not here; of the
-- present one and the one before it their keyed hashes are. A row is updated at each refresh, which touches no index.
create table token_families (
  id               uuid primary key,
  user_id          uuid not null references users (id) on delete cascade,
  created_at       timestamptz not null default now(),
  authenticated_at timestamptz not null default now(),            -- when the password was last proved
  refresh_hash     bytea not null,                                -- of the token that is to come next
  previous_hash    bytea,                                         -- of the one that was used last
  rotated_at       timestamptz,                                   -- when that was
  idle_until       timestamptz not null,                          -- unused so long, it ends
  expires_at       timestamptz not null,                          -- used or not, it ends
  ended_at         timestamptz,                                   -- null: it lives, or nobody noticed its end
  end_reason       text check (end_reason in ('logout', 'logout_all', 'reuse', 'expired', 'too_many')),
  address          text not null                                  -- from where, as the log-in came in
) with (fillfactor = 80);

create index token_families_user on token_families (user_id);
-- What has just ended is asked for at each start.
create index token_families_ended on token_families (ended_at) where ended_at is not null;
