-- Images that people put here: asked for, put into quarantine by a signed URL, confirmed, decoded. What comes of it lies
-- under a name that says nothing and is never given a second time.
create table uploads (
  id             uuid primary key,                    -- v7: the order of making
  user_id        uuid not null references users (id) on delete cascade,
  purpose        text not null check (purpose in ('avatar')),
  content_type   text not null,                       -- as it was asked for
  content_length bigint not null,                     -- bytes
  -- pending: nothing came yet. writing: something came. stored: it lies in quarantine. confirmed: a job decodes it. done, refused: the end
  state          text not null default 'pending'
                 check (state in ('pending', 'writing', 'stored', 'confirmed', 'done', 'refused')),
  quarantine_id  uuid,                                -- of the file, while it is stored or confirmed
  refusal        text,                                -- why it is refused, for its user
  created_at     timestamptz not null default now(),
  changed_at     timestamptz not null default now()   -- when the state did
);

create index uploads_user on uploads (user_id);
create index uploads_created on uploads (created_at);
create unique index uploads_quarantine on uploads (quarantine_id) where quarantine_id is not null;

alter table users add column avatar_file text;        -- in the store of media; null: no avatar
create unique index users_avatar on users (avatar_file) where avatar_file is not null;
