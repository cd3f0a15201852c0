#pragma once
// The statements of admins: users and jobs as they look through them, and what they do to them. The form is that of
// queries.hpp. What is done is told to the audit log by the same statement; since each entry counts what was done, it
// is written last.

#include "schema/pg/account_words.hpp"
#include "schema/pg/statement.hpp"

namespace epicura::pg::queries {

// --- users -----------------------------------------------------------------------------------------------------------

// A user as admins see one: EPICURA_USER_COLUMNS, and from 10 on:
//   10 disabled_at timestamp?, 11 mfa bool, 12 last_signed_in_at timestamp? (of the sessions that are remembered),
//   13 deleted_at timestamp?
#define EPICURA_ADMIN_USER_COLUMNS                  \
  EPICURA_USER_COLUMNS                              \
  ", u.disabled_at, u.mfa_enabled_at is not null, " \
  "(select max(t.created_at) from token_families t where t.user_id = u.id), u.deleted_at"

// 1 q text? (part of the address or the name, in any case), 2 role text?, 3 status text? (active, disabled, unverified,
// deleted: each user has one)
#define EPICURA_USER_FILTER \
  "($1::text is null or strpos(" EPICURA_EMAIL_KEY("u.email") ", (select " EPICURA_EMAIL_KEY("$1::text")               \
  ")) > 0 or strpos(" EPICURA_EMAIL_KEY("u.name") ", (select " EPICURA_EMAIL_KEY("$1::text")                           \
  ")) > 0) and ($2::text is null or u.role = $2::text) and ($3::text is null or $3::text = case when u.deleted_at is not null then 'deleted' when u.disabled_at "   \
  "is not null then 'disabled' when u.email_verified then 'active' else 'unverified' end)"

// 1 to 3 as above, 4 before uuid (only users below this id; the largest for the first page), 5 limit int8,
// 6 offset int8 -> users, the newest first: ids are made in order.
inline constexpr Statement list_users{"list_users", "select " EPICURA_ADMIN_USER_COLUMNS
                                                    " from (select * from users u where " EPICURA_USER_FILTER
                                                    " and u.id < $4::uuid order by u.id desc limit $5::bigint "
                                                    "offset $6::bigint) u order by u.id desc"};

// 1 to 3 as above -> 0 int8.
inline constexpr Statement count_users{"count_users", "select count(*) from users u where " EPICURA_USER_FILTER};

#undef EPICURA_USER_FILTER

// Whoever changes a user waits here for whoever else does, so that two admins who demote each other come one after the
// other. A statement of its own, before change_user in its transaction: that one then sees what the first has done.
inline constexpr Statement lock_admins{"lock_admins",
                                       "select id from users where role = 'admin' order by id for no key update"};

// 1 admin uuid, 2 user uuid, 3 role text?, 4 disabled bool?, 5 name text?, 6 request text, 7 address text
//   -> 0 outcome text, 1 family uuid? (a row for each session that ended), then from 2 on the user; no row: there is no
//   such user.
// changed. own_account: an admin cannot disable or demote themselves. not_admin: who asks is none any more. So there
// always is one. A user who is disabled, and one whose role is another now, has no session any more.
inline constexpr Statement change_user{
    "change_user",
    "with o as materialized (select * from users where id = $2::uuid for no key update), "
    "v as materialized (select o.id, case when not exists (select from users a where a.id = $1::uuid "
    "and a.role = 'admin' and a.disabled_at is null and a.deleted_at is null) then 'not_admin' "
    "when o.id = $1::uuid and (coalesce($3::text, o.role) <> o.role or coalesce($4::boolean, false)) "
    "then 'own_account' else 'changed' end as outcome from o), "
    "u as (update users x set role = coalesce($3::text, x.role), name = coalesce($5::text, x.name), "
    "disabled_at = case when $4::boolean then coalesce(x.disabled_at, now()) when not $4::boolean then null "
    "else x.disabled_at end from v where x.id = v.id and v.outcome = 'changed' returning x.*), "
    "f as (update token_families t set ended_at = clock_timestamp(), "
    "end_reason = case when u.disabled_at is null then 'revoked' else 'disabled' end from u join o on o.id = u.id "
    "where t.user_id = u.id and t.ended_at is null and (u.disabled_at is not null or u.role <> o.role) "
    "returning t.id), "
    "audit as (insert into audit_log (actor_kind, actor_id, action, target_kind, target_id, request_id, address, "
    "outcome, detail) select 'admin', $1::uuid, 'user.changed', 'user', u.id::text, $6::text, $7::text, 'done', "
    "jsonb_build_object('before', jsonb_build_object('role', o.role, 'disabled', o.disabled_at is not null), "
    "'after', jsonb_build_object('role', u.role, 'disabled', u.disabled_at is not null), 'name_changed', "
    "u.name <> o.name, 'sessions_ended', (select count(*) from f)) from u join o on o.id = u.id) "
    "select v.outcome, f.id, " EPICURA_ADMIN_USER_COLUMNS
    " from v join (select * from u union all select o.* from o where not exists (select from u)) u on u.id = v.id "
    "left join f on true"};

#undef EPICURA_ADMIN_USER_COLUMNS

// 1 admin uuid, 2 user uuid, 3 request text, 4 address text -> 0 user uuid, 1 family uuid? (a row for each session that
// ended); no row: there is no such user.
inline constexpr Statement end_sessions_of_user{
    "end_sessions_of_user",
    "with u as (select id from users where id = $2::uuid), " EPICURA_END_FAMILIES("revoked", "null") ", "
    "audit as (insert into audit_log (actor_kind, actor_id, action, target_kind, target_id, request_id, address, "
    "outcome, detail) select 'admin', $1::uuid, 'user.sessions_revoked', 'user', u.id::text, $3::text, $4::text, "
    "'done', jsonb_build_object('sessions_ended', (select count(*) from f)) from u) "
    "select u.id, f.id from u left join f on true"};

// --- jobs ------------------------------------------------------------------------------------------------------------

// A job's columns:
//   0 id uuid, 1 kind text, 2 args text (JSON), 3 state text, 4 run_at timestamp, 5 attempts int8, 6 last_error text?,
//   7 created_at timestamp, 8 finished_at timestamp?
#define EPICURA_JOB_COLUMNS \
  "j.id, j.kind, j.args::text, j.state, j.run_at, j.attempts::bigint, j.last_error, j.created_at, j.finished_at"
#define EPICURA_JOB_FILTER "($1::text is null or j.kind = $1::text) and ($2::text is null or j.state = $2::text)"

// 1 kind text?, 2 state text?, 3 before uuid (only jobs below this id; the largest for the first page), 4 limit int8
//   -> jobs, the newest first.
inline constexpr Statement list_jobs{"list_jobs", "select " EPICURA_JOB_COLUMNS " from jobs j where " EPICURA_JOB_FILTER
                                                  " and j.id < $3::uuid order by j.id desc limit $4::bigint"};

// 1 and 2 as above -> 0 int8.
inline constexpr Statement count_jobs{"count_jobs", "select count(*) from jobs j where " EPICURA_JOB_FILTER};

#undef EPICURA_JOB_FILTER

// 1 admin uuid, 2 job uuid, 3 request text, 4 address text -> the job, and 9 retried bool: it had failed, or waited for
// its next attempt, and begins from the first one at once; no row: there is no such job.
inline constexpr Statement retry_job{
    "retry_job",
    "with o as materialized (select * from jobs where id = $2::uuid for update), "
    "u as (update jobs n set state = 'waiting', run_at = now(), attempts = 0, changed_at = now(), finished_at = null "
    "from o where n.id = o.id and o.state in ('failed', 'waiting') returning n.*), "
    "audit as (insert into audit_log (actor_kind, actor_id, action, target_kind, target_id, request_id, address, "
    "outcome, detail) select 'admin', $1::uuid, 'job.retried', 'job', u.id::text, $3::text, $4::text, 'done', "
    "jsonb_build_object('kind', u.kind, 'state', o.state, 'attempts', o.attempts) from u join o on o.id = u.id) "
    "select " EPICURA_JOB_COLUMNS ", true from u j union all select " EPICURA_JOB_COLUMNS
    ", false from o j where not exists (select from u)"};

#undef EPICURA_JOB_COLUMNS

}  // namespace epicura::pg::queries
