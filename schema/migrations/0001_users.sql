-- People. An e-mail address is unique without regard to case, and shown as typed.
create table users (
  id         uuid primary key,
  email      text not null,
  name       text not null,
  role       text not null default 'user' check (role in ('user', 'admin')),
  created_at timestamptz not null default now()
);

create unique index users_email on users (lower(email));
