-- Links in mails: what each proves, and until when. The token in the link is made of the row's id by a key that is not
-- here. A link that was used, or made void, has a time in used_at.
create table mail_links (
  id         uuid primary key,
  user_id    uuid not null references users (id) on delete cascade,
  purpose    text not null check (purpose in ('verify_email', 'reset_password', 'change_email', 'undo_email_change')),
  email      text not null,                            -- where the mail goes, and what the link proves
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at    timestamptz
);
create index mail_links_user on mail_links (user_id, purpose, created_at);
-- An address that its owner can still take back is nobody else's.
create index mail_links_undo on mail_links ((translate(lower(normalize(email) collate "und-x-icu"), 'ς', 'σ')))
  where purpose = 'undo_email_change' and used_at is null;

-- The second factor: codes of an app (RFC 6238), and recovery codes for who has lost it.
alter table users
  add column mfa_secret          bytea,                       -- sealed by a key that is not here; null: none
  add column mfa_enabled_at      timestamptz,                 -- null: no code is asked for
  add column mfa_last_step       bigint not null default -1,  -- of the last code that was taken: each counts once
  add column mfa_tries           integer not null default 0,  -- codes tried in the hour that began then
  add column mfa_tries_since     timestamptz not null default now(),
  add column mfa_recovery_hashes text[] not null default '{}';

-- Log-ins whose password was right and whose code is still to come. The id is that of the session it will be.
create table pending_sign_ins (
  id            uuid primary key,
  user_id       uuid not null references users (id) on delete cascade,
  token_hash    bytea not null,
  password_hash text not null,                          -- the one that was proved
  expires_at    timestamptz not null
);
create index pending_sign_ins_user on pending_sign_ins (user_id);

alter table token_families
  add column user_agent    text not null default '',    -- as the log-in came in, for the person's list
  add column second_factor boolean not null default false,
  drop constraint token_families_end_reason_check,
  add constraint token_families_end_reason_check check (end_reason in ('logout', 'logout_all', 'reuse', 'expired',
    'too_many', 'password_reset', 'password_changed', 'email_undone', 'revoked', 'disabled', 'deleted'));
