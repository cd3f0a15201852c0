#pragma once
// The statements of accounts: users and their token families. The form is that of queries.hpp.

#include "schema/pg/account_words.hpp"
#include "schema/pg/statement.hpp"

namespace epicura::pg::queries {

// 1 id uuid -> the user, or no row.
inline constexpr Statement get_user{"get_user", "select " EPICURA_USER_COLUMNS " from users u where u.id = $1::uuid",
                                    Statement::Kind::point_read};

// 1 email text, in any case -> one row: 0 text, the address as two are compared, 1 id uuid? (null: no such user, and
// the rest means nothing), 2 password_hash text?, 3 disabled bool, 4 mfa bool (a code is
// needed too), 5 restorable_until timestamp? (not null: deleted).
inline constexpr Statement find_log_in{"find_log_in",
                                       "select k.email, u.id, case when u.deleted_at is null then u.password_hash "
                                       "when u." EPICURA_IS_RESTORABLE
                                       " then u.deleted_password_hash end, "
                                       "u.disabled_at is not null, u.mfa_enabled_at is not null, "
                                       "u.deleted_at + " EPICURA_RESTORABLE_FOR
                                       " from (select " EPICURA_EMAIL_KEY("$1::text") ") as k(email) "
                                       "left join users u on " EPICURA_EMAIL_KEY("u.email") " = k.email",
                                       Statement::Kind::point_read};

// What changes a user waits for what else does, on any node, and for sessions that are beginning; the statements behind
// it in its transaction see them. 1 user uuid -> a row, if there is this user
inline constexpr Statement lock_user{"lock_user", "select from users where id = $1::uuid for no key update"};

// 1 user uuid, 2 network text (a block of addresses) -> 0 bool: in the last 30 days.
inline constexpr Statement has_signed_in_from{
    "has_signed_in_from",
    "select exists (select from token_families where user_id = $1::uuid and created_at > now() - interval '30 days' "
    "and case when address = '' then false else address::inet <<= $2::text::inet end)"};

// 1 id uuid, 2 email text, 3 name text, 4 password_hash text, 5 family uuid, 6 refresh_hash bytea, 7 idle int8 (s),
// 8 whole int8 (s), 9 address text, 10 user_agent text, 11 request text -> the user; no row: the e-mail is taken, or
// kept for its former owner, and nothing was made.
inline constexpr Statement create_user{
    "create_user",
    "with u as (insert into users (id, email, name, password_hash) select $1::uuid, $2::text, $3::text, $4::text "
    "where not " EPICURA_IS_RESERVED("$2::text") " "
    "on conflict (" EPICURA_EMAIL_KEY("email") ") do nothing returning *), "
    "f as (insert into token_families (id, user_id, refresh_hash, idle_until, expires_at, address, user_agent) "
    "select $5::uuid, u.id, $6::bytea, now() + $7::bigint * interval '1 s', now() + $8::bigint * interval '1 s', "
    "$9::text, $10::text from u), " EPICURA_AUDIT("auth.registered", "$11", "$9") " "
    "select " EPICURA_USER_COLUMNS " from u"};

// Begins a session of user `u`, as the rest of a statement: 3 family uuid, 4 refresh_hash bytea, 5 idle int8 (s),
// 6 whole int8 (s), 7 address text, 8 user_agent text, 9 request text. Of a user's sessions the 100 that were used last
// live on, this one among them.
#define EPICURA_BEGIN_FAMILY(second_factor)                                                                    \
  "f as (insert into token_families (id, user_id, refresh_hash, idle_until, expires_at, address, user_agent, " \
  "second_factor) select $3::uuid, u.id, $4::bytea, now() + $5::bigint * interval '1 s', "                     \
  "now() + $6::bigint * interval '1 s', $7::text, $8::text, " second_factor                                    \
  " from u), "                                                                                                 \
  "o as (update token_families set ended_at = clock_timestamp(), end_reason = 'too_many' where id in "         \
  "(select t.id from token_families t join u on t.user_id = u.id where t.ended_at is null "                    \
  "order by coalesce(t.rotated_at, t.created_at) desc offset 99)), " EPICURA_AUDIT("auth.login", "$9", "$7")

// 1 user uuid, 2 password_hash text (the one that was proved), 3 to 9 as above -> the user; no row: the password was
// changed meanwhile, or the user disabled, or a code is needed as well.
inline constexpr Statement begin_family{
    "begin_family",
    "with u as (select * from users where id = $1::uuid and password_hash = $2::text and disabled_at is null "
    "and mfa_enabled_at is null for share), " EPICURA_BEGIN_FAMILY("false") " select " EPICURA_USER_COLUMNS " from u"};

// As begin_family, after a code of the app: 10 step int8, which no later one was taken before. What was pending for
// this session is not any more.
inline constexpr Statement begin_family_by_code{
    "begin_family_by_code",
    "with p as (select user_id from pending_sign_ins where id = $3::uuid for update), "
    "u as (update users set mfa_last_step = $10::bigint, mfa_tries = 0 from p where id = $1::uuid and id = p.user_id "
    "and password_hash = $2::text and disabled_at is null and mfa_enabled_at is not null and mfa_last_step < "
    "$10::bigint returning users.*), "
    "d as (delete from pending_sign_ins using u where pending_sign_ins.id = $3::uuid), " EPICURA_BEGIN_FAMILY(
        "true") " select " EPICURA_USER_COLUMNS " from u"};

// As begin_family, after a recovery code: 10 hashes text[], under which it may be kept. It is used up.
inline constexpr Statement begin_family_by_recovery{
    "begin_family_by_recovery",
    "with p as (select user_id from pending_sign_ins where id = $3::uuid for update), "
    "u as (update users set mfa_recovery_hashes = array(select h from unnest(mfa_recovery_hashes) h "
    "where h <> all ($10::text[])), mfa_tries = 0 from p where id = $1::uuid and id = p.user_id "
    "and password_hash = $2::text and disabled_at is null and mfa_recovery_hashes && $10::text[] returning users.*), "
    "d as (delete from pending_sign_ins using u where pending_sign_ins.id = $3::uuid), " EPICURA_BEGIN_FAMILY(
        "true") " select " EPICURA_USER_COLUMNS " from u"};

#undef EPICURA_BEGIN_FAMILY

// 1 id uuid, 2 old text, 3 new text -> affected(): the password is the same, its hash is not.
inline constexpr Statement replace_password_hash{
    "replace_password_hash",
    "update users set password_hash = $3::text where id = $1::uuid and password_hash = $2::text"};

// 1 family uuid, 2 shown bytea (the hash of the token that was shown, which is genuine), 3 next bytea (of the one that
// follows it), 4 idle int8 (s), 5 grace int8 (s), 6 request text, 7 address text
//   -> 0 outcome text, 1 left int8 (s until the family ends by itself), 2 authenticated_at timestamp, 3 second_factor
//   bool, then the user;
//   or no row: there is no such family.
// rotated: it was the present one. replaced: it was the one before, used again within the grace while its successor
// was unused: the new one takes the successor's place. reused: any other of the family's; that ends it. ended, expired:
// it had ended; of these the first who notices `expired` writes it down. A disabled user's has ended.
inline constexpr Statement rotate_refresh_token{
    "rotate_refresh_token",
    "with f as materialized (select * from token_families where id = $1::uuid for no key update), "
    "v as materialized (select f.*, case when f.ended_at is not null or u.disabled_at is not null then 'ended' "
    "when clock_timestamp() >= least(f.idle_until, f.expires_at) then 'expired' "
    "when f.refresh_hash = $2::bytea then 'rotated' "
    "when f.previous_hash = $2::bytea and clock_timestamp() < f.rotated_at + $5::bigint * interval '1 s' "
    "then 'replaced' else 'reused' end as outcome from f join users u on u.id = f.user_id), "
    "n as (update token_families t set "
    "refresh_hash = case when v.outcome in ('rotated', 'replaced') then $3::bytea else t.refresh_hash end, "
    "previous_hash = case v.outcome when 'rotated' then $2::bytea else t.previous_hash end, "
    "rotated_at = case v.outcome when 'rotated' then clock_timestamp() else t.rotated_at end, "
    "idle_until = case when v.outcome in ('rotated', 'replaced') then clock_timestamp() + $4::bigint * interval '1 s' "
    "else t.idle_until end, "
    "ended_at = case when v.outcome in ('reused', 'expired') then clock_timestamp() else t.ended_at end, "
    "end_reason = case v.outcome when 'reused' then 'reuse' when 'expired' then 'expired' else t.end_reason end "
    "from v where t.id = v.id and v.outcome <> 'ended' returning t.idle_until, t.expires_at), "
    "audit as (insert into audit_log (actor_kind, action, target_kind, target_id, request_id, address, outcome) "
    "select 'nobody', 'auth.refresh_reused', 'user', v.user_id::text, $6::text, $7::text, 'denied' from v "
    "where v.outcome = 'reused') "
    "select v.outcome, coalesce((select floor(extract(epoch from least(n.idle_until, n.expires_at) - "
    "clock_timestamp())) from n), 0)::bigint, v.authenticated_at, v.second_factor, " EPICURA_USER_COLUMNS
    " from v join users u on u.id = v.user_id"};

// 1 id uuid, 2 email text, 3 name text, 4 password_hash text, 5 role text -> 0 id uuid; no row: the e-mail is taken.
inline constexpr Statement create_verified_user{
    "create_verified_user",
    "with u as (insert into users (id, email, name, password_hash, role, email_verified) values ($1::uuid, $2::text, "
    "$3::text, $4::text, $5::text, true) on conflict (" EPICURA_EMAIL_KEY(
        "email") ") do nothing returning id), " EPICURA_AUDIT_BY_OPERATOR("user.created") " select u.id from u"};

// 1 email text, 2 family uuid, 3 refresh_hash bytea, 4 whole int8 (s) -> the user; no row: none of that address,
// disabled or deleted. Without a password: for an operator. Nobody has the refresh token.
inline constexpr Statement begin_family_unproved{
    "begin_family_unproved",
    "with u as (select * from users where " EPICURA_EMAIL_KEY("email") " = " EPICURA_EMAIL_KEY("$1::text")
    " and disabled_at is null and deleted_at is null for key share), "
    "f as (insert into token_families (id, user_id, refresh_hash, idle_until, expires_at, address) "
    "select $2::uuid, u.id, $3::bytea, now() + $4::bigint * interval '1 s', now() + $4::bigint * interval '1 s', '' "
    "from u), " EPICURA_AUDIT_BY_OPERATOR("auth.token_made") " "
    "select " EPICURA_USER_COLUMNS " from u"};

// 1 family uuid -> affected(): 0, it had ended or there is none.
inline constexpr Statement end_family{"end_family",
                                      "update token_families set ended_at = clock_timestamp(), end_reason = 'logout' "
                                      "where id = $1::uuid and ended_at is null"};

// 1 user uuid -> 0 id uuid: those that ended now.
inline constexpr Statement end_families_of_user{
    "end_families_of_user",
    "update token_families set ended_at = clock_timestamp(), end_reason = 'logout_all' "
    "where user_id = $1::uuid and ended_at is null returning id"};

// 1 user uuid, 2 family uuid (kept) -> 0 id uuid: those that ended now.
inline constexpr Statement end_other_families{
    "end_other_families",
    "update token_families set ended_at = clock_timestamp(), end_reason = 'revoked' "
    "where user_id = $1::uuid and id <> $2::uuid and ended_at is null returning id"};

// 1 user uuid, 2 family uuid -> 0 id uuid; no row: the user has no such session, or it has ended.
inline constexpr Statement end_family_of_user{
    "end_family_of_user",
    "update token_families set ended_at = clock_timestamp(), end_reason = 'revoked' "
    "where user_id = $1::uuid and id = $2::uuid and ended_at is null returning id"};

// 1 user uuid -> 0 id uuid, 1 created_at timestamp, 2 used_at timestamp, 3 address text, 4 user_agent text,
// 5 second_factor bool: the sessions that live, the one that was used last first.
inline constexpr Statement list_families{
    "list_families",
    "select id, created_at, coalesce(rotated_at, created_at) as used_at, address, user_agent, second_factor "
    "from token_families where user_id = $1::uuid and ended_at is null and least(idle_until, expires_at) > now() "
    "order by used_at desc limit 100"};

// 1 user uuid, 2 family uuid (its person has just proved the password, and that code: it counts once), 3 step int8?
//   -> 0 left int8 (s), 1 second_factor bool, then the user; no row: it has ended, or that code was used.
inline constexpr Statement authenticate_family{
    "authenticate_family",
    "with c as (update users set mfa_last_step = coalesce($3::bigint, mfa_last_step), "
    "mfa_tries = case when $3::bigint is null then mfa_tries else 0 end where id = $1::uuid and disabled_at is null "
    "and ($3::bigint is null or mfa_last_step < $3::bigint) returning *), "
    "f as (update token_families t set authenticated_at = clock_timestamp() from c where t.id = $2::uuid "
    "and t.user_id = c.id and t.ended_at is null returning t.*) "
    "select floor(extract(epoch from least(f.idle_until, f.expires_at) - clock_timestamp()))::bigint, "
    "f.second_factor, " EPICURA_USER_COLUMNS " from f join users u on u.id = f.user_id"};

// 1 family uuid -> 0 bool: it lives; or no row.
inline constexpr Statement is_family_alive{
    "is_family_alive",
    "select f.ended_at is null and f.expires_at > now() and u.disabled_at is null from token_families f "
    "join users u on u.id = f.user_id where f.id = $1::uuid",
    Statement::Kind::point_read};

// 1 seconds int8 -> 0 id uuid: the families that ended no longer ago than that.
inline constexpr Statement families_ended_lately{
    "families_ended_lately", "select id from token_families where ended_at > now() - $1::bigint * interval '1 s'"};

}  // namespace epicura::pg::queries
