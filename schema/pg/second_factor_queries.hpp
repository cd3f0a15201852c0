#pragma once
// The statements of the second factor. The form is that of queries.hpp.

#include "schema/pg/account_words.hpp"
#include "schema/pg/statement.hpp"

namespace epicura::pg::queries {

// 1 id uuid (of the session to be), 2 user uuid, 3 token_hash bytea, 4 password_hash text, 5 lifetime int8 (s)
inline constexpr Statement begin_pending_sign_in{
    "begin_pending_sign_in",
    "insert into pending_sign_ins (id, user_id, token_hash, password_hash, expires_at) select $1::uuid, u.id, "
    "$3::bytea, "
    "$4::text, now() + $5::bigint * interval '1 s' from users u where u.id = $2::uuid and u.password_hash = $4::text"};

// Counts a try at a code: within an hour there are not many, or six digits would be guessed.
#define EPICURA_COUNT_TRY                                                                                     \
  "update users u set mfa_tries = case when u.mfa_tries_since < now() - interval '1 hour' then 1 "            \
  "else u.mfa_tries + 1 end, mfa_tries_since = case when u.mfa_tries_since < now() - interval '1 hour' then " \
  "now() else u.mfa_tries_since end "

// 1 id uuid, 2 token_hash bytea -> 0 user uuid, 1 password_hash text, 2 mfa_secret bytea text, 3 mfa_last_step int8,
// 4 tries int8 (in this hour, with this one); no row: nothing is pending there, or no longer.
inline constexpr Statement try_pending_sign_in{
    "try_pending_sign_in", EPICURA_COUNT_TRY
    "from pending_sign_ins p where p.id = $1::uuid and p.token_hash = $2::bytea and p.expires_at > now() "
    "and u.id = p.user_id and u.password_hash = p.password_hash and u.disabled_at is null "
    "and u.mfa_enabled_at is not null returning u.id, p.password_hash, u.mfa_secret, u.mfa_last_step, "
    "u.mfa_tries::bigint"};

// 1 user uuid -> 0 enabled bool, 1 mfa_secret bytea? (begun, or enabled), 2 mfa_last_step int8, 3 tries int8, 4 email
// text
inline constexpr Statement try_second_factor{
    "try_second_factor", EPICURA_COUNT_TRY
    "where u.id = $1::uuid and u.disabled_at is null returning u.mfa_enabled_at is not null, u.mfa_secret, "
    "u.mfa_last_step, u.mfa_tries::bigint, u.email"};

#undef EPICURA_COUNT_TRY

// 1 user uuid -> 0 enabled bool, 1 recovery codes left int8, 2 email text
inline constexpr Statement get_second_factor{
    "get_second_factor",
    "select mfa_enabled_at is not null, cardinality(mfa_recovery_hashes)::bigint, email from users where id = "
    "$1::uuid"};

// 1 user uuid, 2 mfa_secret bytea -> affected(): 0, it is enabled already.
inline constexpr Statement begin_second_factor{
    "begin_second_factor",
    "update users set mfa_secret = $2::bytea, mfa_last_step = -1 where id = $1::uuid and mfa_enabled_at is null"};

// 1 user uuid, 2 mfa_secret bytea (the one that was proved), 3 step int8, 4 recovery hashes text[], 5 family uuid,
// 6 job uuid, 7 request text, 8 address text -> 0 user uuid, 1 family uuid? (a row for each session that ended: those
// that never saw a code); no row: the code was used meanwhile, or the secret is another. Enabled before: the recovery
// codes are new.
inline constexpr Statement enable_second_factor{
    "enable_second_factor",
    "with u as (update users set mfa_enabled_at = coalesce(mfa_enabled_at, now()), mfa_last_step = $3::bigint, "
    "mfa_tries = 0, mfa_recovery_hashes = $4::text[] where id = $1::uuid and mfa_secret = $2::bytea "
    "and mfa_last_step < $3::bigint returning id, role), " EPICURA_AUDIT("user.mfa_turned_on", "$7", "$8") ", "
    "s as (update token_families t set second_factor = true from u where t.id = $5::uuid and t.user_id = u.id), "
    "f as (update token_families t set ended_at = clock_timestamp(), end_reason = 'revoked' from u "
    "where t.user_id = u.id and t.ended_at is null and t.id <> $5::uuid and not t.second_factor returning t.id), "
    "j as (insert into jobs (id, kind, args) select $6::uuid, 'mail', jsonb_build_object('mail', 'mfa_turned_on', 'user', "
    "u.id) from u) select u.id, f.id from u left join f on true"};

// 1 user uuid, 2 job uuid, 3 request text, 4 address text -> affected(): 0, it was not enabled. No session counts as
// begun with it any more: an admin's is good for nothing that asks for it.
inline constexpr Statement disable_second_factor{
    "disable_second_factor",
    "with u as (update users set mfa_secret = null, mfa_enabled_at = null, mfa_recovery_hashes = '{}' "
    "where id = $1::uuid and mfa_enabled_at is not null returning id, role), " EPICURA_AUDIT("user.mfa_turned_off", "$3", "$4") ", "
    "s as (update token_families t set second_factor = false from u where t.user_id = u.id and t.second_factor), "
    "j as (insert into jobs (id, kind, args) select $2::uuid, 'mail', jsonb_build_object('mail', 'mfa_turned_off', "
    "'user', "
    "u.id) from u) select u.id from u"};

// 1 user uuid -> 0 password_hash text?, 1 mfa bool, 2 text: the address as two are compared; no row: no such user, or
// disabled.
inline constexpr Statement get_password{"get_password",
                                        "select password_hash, mfa_enabled_at is not null, " EPICURA_EMAIL_KEY(
                                            "email") " from users where id = $1::uuid and disabled_at is null",
                                        Statement::Kind::point_read};

}  // namespace epicura::pg::queries
