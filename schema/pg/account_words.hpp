#pragma once
// What statements of accounts have in common, as text to build them from.

// The user's columns, as every statement that gives a user has them, from the number that it says:
//   0 id uuid, 1 email text, 2 email_verified bool, 3 name text, 4 role text (user, admin),
//   5 dietary_preferences text (JSON), 6 allergies text (JSON), 7 preferences text (JSON), 8 created_at timestamp,
//   9 avatar_file text? (of a deleted account: null)
#define EPICURA_USER_COLUMNS                                                                          \
  "u.id, u.email, u.email_verified, u.name, u.role, u.dietary_preferences::text, u.allergies::text, " \
  "u.preferences::text, u.created_at, case when u.deleted_at is null then u.avatar_file end"

// By which addresses are compared; what the index users_email is on.
#define EPICURA_EMAIL_KEY(text) "translate(lower(normalize(" text ") collate \"und-x-icu\"), 'ς', 'σ')"

// Nobody may have an address that its former owner can still take back.
#define EPICURA_IS_RESERVED(text)                                                                 \
  "exists (select from mail_links r where r.purpose = 'undo_email_change' and r.used_at is null " \
  "and r.expires_at > now() and " EPICURA_EMAIL_KEY("r.email") " = " EPICURA_EMAIL_KEY(text) ")"

// How long its owner can take back that an account is deleted; whether that is so of a row of users.
#define EPICURA_RESTORABLE_FOR "interval '30 days'"
#define EPICURA_IS_RESTORABLE "deleted_at > now() - " EPICURA_RESTORABLE_FOR

// Ends all sessions of user `u` but `kept`, as one of a statement's CTEs named f; it returns their ids.
#define EPICURA_END_FAMILIES(reason, kept)                                                \
  "f as (update token_families t set ended_at = clock_timestamp(), end_reason = '" reason \
  "' from u "                                                                             \
  "where t.user_id = u.id and t.ended_at is null and t.id is distinct from " kept " returning t.id)"

// The job that sends a mail to a user: its id, the mail's name, the user, and the link in it or null.
#define EPICURA_MAIL_JOB(job, mail, user, link)                                                                  \
  "insert into jobs (id, kind, args) select " job ", 'mail', jsonb_strip_nulls(jsonb_build_object('mail', " mail \
  ", 'user', " user ", 'link', " link "))"

// The audit log's entry that user `u` did this to the own account, as one of a statement's CTEs: in the same
// transaction as what it tells of. `request` and `address`: the parameters that say by which request, and from where.
#define EPICURA_AUDIT(action, request, address)                                                                  \
  "audit as (insert into audit_log (actor_kind, actor_id, action, target_kind, target_id, request_id, address, " \
  "outcome) select u.role, u.id, '" action "', 'user', u.id::text, " request "::text, " address                  \
  "::text, 'done' from u)"
// Likewise, by an operator's hand.
#define EPICURA_AUDIT_BY_OPERATOR(action)                                                                             \
  "audit as (insert into audit_log (actor_kind, action, target_kind, target_id, outcome) select 'operator', '" action \
  "', 'user', u.id::text, 'done' from u)"
