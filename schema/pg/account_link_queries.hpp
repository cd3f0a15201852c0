#pragma once
// The statements of links in mails, and of what is done by them. The form is that of queries.hpp. A link's mail is a
// job of the same transaction.

#include "schema/pg/account_words.hpp"
#include "schema/pg/statement.hpp"

namespace epicura::pg::queries {

// One that is asked for again and again is not mailed more often than that.
#define EPICURA_FEW_LINKS(purpose)                                                      \
  "(select count(*) from mail_links m where m.user_id = u.id and m.purpose = '" purpose \
  "' and m.created_at > "                                                               \
  "now() - interval '1 hour') < 5"

// The link's row is used, if it can be: that of CTE l.
#define EPICURA_USE_LINK(purpose)                                                           \
  "l as (update mail_links set used_at = now() where id = $1::uuid and purpose = '" purpose \
  "' and "                                                                                  \
  "used_at is null and expires_at > now() returning *)"

// 1 link uuid, 2 user uuid, 3 job uuid, 4 lifetime int8 (s) -> affected(): 0, there is nothing to verify, or too many
// were sent.
inline constexpr Statement send_verification{
    "send_verification",
    "with l as (insert into mail_links (id, user_id, purpose, email, expires_at) "
    "select $1::uuid, u.id, 'verify_email', u.email, now() + $4::bigint * interval '1 s' from users u "
    "where u.id = $2::uuid and not u.email_verified and u.disabled_at is null and " EPICURA_FEW_LINKS(
        "verify_email") " returning *) " EPICURA_MAIL_JOB("$3::uuid", "l.purpose", "l.user_id", "l.id") " from l"};

// 1 link uuid, 2 email text, 3 job uuid, 4 lifetime int8 (s) -> affected(): 0, no account has this address, ... One
// that is deleted has it, for as long as it can be taken back.
inline constexpr Statement send_password_reset{
    "send_password_reset",
    "with l as (insert into mail_links (id, user_id, purpose, email, expires_at) "
    "select $1::uuid, u.id, 'reset_password', u.email, now() + $4::bigint * interval '1 s' from users u "
    "where " EPICURA_EMAIL_KEY("u.email") " = " EPICURA_EMAIL_KEY(
        "$2::text") " and u.disabled_at is null and (u.deleted_at is null or u." EPICURA_IS_RESTORABLE
                    ") and " EPICURA_FEW_LINKS("reset_password") " returning *) " EPICURA_MAIL_JOB(
                        "$3::uuid", "l.purpose", "l.user_id", "l.id") " from l"};

// 1 link uuid, 2 user uuid, 3 job uuid, 4 lifetime int8 (s), 5 email text (the new one)
//   -> 0 outcome text: sent, taken, or too_many; no row: there is no such user.
inline constexpr Statement send_email_change{
    "send_email_change",
    "with v as (select u.id, case when exists (select from users o where " EPICURA_EMAIL_KEY("o.email") " = "
    EPICURA_EMAIL_KEY("$5::text") " and (o.id <> u.id or o.email = $5::text)) or " EPICURA_IS_RESERVED("$5::text")
    " then 'taken' when " EPICURA_FEW_LINKS("change_email") " then 'sent' else 'too_many' end as outcome "
    "from users u where u.id = $2::uuid), "
    "l as (insert into mail_links (id, user_id, purpose, email, expires_at) "
    "select $1::uuid, v.id, 'change_email', $5::text, now() + $4::bigint * interval '1 s' from v "
    "where v.outcome = 'sent' returning *), "
    "j as (" EPICURA_MAIL_JOB("$3::uuid", "l.purpose", "l.user_id", "l.id") " from l) select v.outcome from v"};

// What changes an account by a link waits for what else is done to it, on any node, and then sees what came of that;
// and the address that it has is given to nobody meanwhile. The statement before each that follows a link. 1 link uuid
inline constexpr Statement lock_user_of_link{
    "lock_user_of_link",
    "select pg_advisory_xact_lock(hashtextextended(" EPICURA_EMAIL_KEY("o.email") ", 0))::text from (select u.email "
    "from users u join mail_links l on l.user_id = u.id where l.id = $1::uuid for no key update of u) o"};
// Before an account is made. 1 email text
inline constexpr Statement lock_email{
    "lock_email", "select pg_advisory_xact_lock(hashtextextended(" EPICURA_EMAIL_KEY("$1::text") ", 0))::text"};

// Each that follows a link, or changes what a person signs in with, says last by which request (text), and from where
// (text).

// 1 link uuid, 2 request, 3 address -> 0 id uuid; no row: the link is not, or no longer, valid. To follow it twice does
// no harm.
inline constexpr Statement verify_email{
    "verify_email",
    "with l as (update mail_links set used_at = coalesce(used_at, now()) where id = $1::uuid "
    "and purpose = 'verify_email' and expires_at > now() returning *), "
    "o as (select x.id from users x join l on x.id = l.user_id and x.email = l.email where x.disabled_at is null), "
    "u as (update users x set email_verified = true from o where x.id = o.id and not x.email_verified "
    "returning x.id, x.role), " EPICURA_AUDIT("user.email_verified", "$2", "$3") " select o.id from o"};

// 1 link uuid, 2 password_hash text, 3 job uuid, 4 request, 5 address -> 0 user uuid, 1 family uuid? (a row for each
// session that ended); no row: the link is not, or no longer, valid. Who resets proves the address. An account that had
// not proved it may be a stranger's work: nothing of it stays. A deleted one stays deleted, and is taken back by the
// new password: else who deletes an account of another's address would keep it from them.
inline constexpr Statement reset_password{
    "reset_password",
    "with " EPICURA_USE_LINK("reset_password") ", "
    "s as materialized (select x.id from users x join l on x.id = l.user_id where not x.email_verified), "
    "u as (update users x set password_hash = case when x.deleted_at is null then $2::text end, "
    "deleted_password_hash = case when x.deleted_at is not null then $2::text end, email_verified = true, "
    "name = case when x.email_verified then x.name else split_part(x.email, '@', 1) end, "
    "dietary_preferences = case when x.email_verified then x.dietary_preferences else '[]' end, "
    "allergies = case when x.email_verified then x.allergies else '[]' end, "
    "preferences = case when x.email_verified then x.preferences else '{}' end, "
    "mfa_secret = case when x.email_verified then x.mfa_secret end, "
    "mfa_enabled_at = case when x.email_verified then x.mfa_enabled_at end, "
    "mfa_recovery_hashes = case when x.email_verified then x.mfa_recovery_hashes else '{}' end, "
    "avatar_file = case when x.email_verified then x.avatar_file end "
    "from l where x.id = l.user_id and x.email = l.email and x.disabled_at is null "
    "and (x.deleted_at is null or x." EPICURA_IS_RESTORABLE ") returning x.id, x.role), "
    "w as (update uploads o set state = 'refused', refusal = 'the address was proved by another', "
    "quarantine_id = null, changed_at = now() from s, u where o.user_id = s.id and u.id = s.id "
    "and o.state in ('pending', 'writing', 'stored', 'confirmed')), "
    EPICURA_AUDIT("user.password_changed", "$4", "$5") ", " EPICURA_END_FAMILIES("password_reset", "null") ", "
    "k as (update api_keys a set revoked_at = now() from u where a.user_id = u.id and a.revoked_at is null), "
    "p as (delete from pending_sign_ins using u where user_id = u.id), "
    "v as (update mail_links m set used_at = now() from u where m.user_id = u.id and m.id <> $1::uuid "
    "and m.used_at is null and m.purpose <> 'undo_email_change'), "
    "j as (" EPICURA_MAIL_JOB("$3::uuid", "'password_changed'", "u.id", "null") " from u) "
    "select u.id, f.id from u left join f on true"};

// 1 user uuid, 2 password_hash text, 3 job uuid, 4 family uuid (it lives on), 5 request, 6 address
//   -> as reset_password; no row: no such
// user.
inline constexpr Statement change_password{
    "change_password",
    "with u as (update users x set password_hash = $2::text where x.id = $1::uuid and x.disabled_at is null "
    "returning x.id, x.role), " EPICURA_AUDIT("user.password_changed", "$5", "$6") ", "
    EPICURA_END_FAMILIES("password_changed", "$4::uuid") ", "
    "p as (delete from pending_sign_ins using u where user_id = u.id), "
    "v as (update mail_links m set used_at = now() from u where m.user_id = u.id and m.used_at is null "
    "and m.purpose in ('reset_password', 'change_email')), "
    "k as (update api_keys a set revoked_at = now() from u where a.user_id = u.id and a.revoked_at is null), "
    "j as (" EPICURA_MAIL_JOB("$3::uuid", "'password_changed'", "u.id", "null") " from u) "
    "select u.id, f.id from u left join f on true"};

// 1 link uuid, 2 link uuid (of the undoing), 3 job uuid, 4 lifetime int8 (s, of the undoing), 5 request, 6 address
//   -> 0 id uuid; no row: the link is not, or no longer, valid. Refused with 23505: somebody else has the address by
//   now.
inline constexpr Statement change_email{
    "change_email",
    "with " EPICURA_USE_LINK("change_email") ", "
    "o as (select x.id, x.email, x.email_verified from users x join l on x.id = l.user_id "
    "where x.disabled_at is null for update of x), "
    "u as (update users x set email = l.email, email_verified = true from l, o where x.id = o.id returning x.id, x.role), "
    EPICURA_AUDIT("user.email_changed", "$5", "$6") ", "
    "n as (insert into mail_links (id, user_id, purpose, email, expires_at) select $2::uuid, o.id, "
    "'undo_email_change', o.email, now() + $4::bigint * interval '1 s' from o where o.email_verified returning *), "
    "v as (update mail_links m set used_at = now() from u where m.user_id = u.id and m.id <> $1::uuid "
    "and m.used_at is null and m.purpose <> 'undo_email_change'), "
    "j as (" EPICURA_MAIL_JOB("$3::uuid", "n.purpose", "n.user_id", "n.id") " from n) select u.id from u"};

// 1 link uuid, 2 link uuid (of the reset), 3 job uuid, 4 lifetime int8 (s, of the reset), 5 request, 6 address
//   -> 0 user uuid, 1 family uuid? (a row for each session that ended); no row: the link is not, or no longer, valid.
// Whoever changed the address knew the password: it opens nothing any more, nor does a second factor that was set up
// since then or in the three days before, nor any other link, nor any API key. Nor is the account deleted, if that was
// done meanwhile.
inline constexpr Statement undo_email_change{
    "undo_email_change",
    "with " EPICURA_USE_LINK("undo_email_change") ", "
    "u as (update users x set email = l.email, email_verified = true, password_hash = null, "
    "deleted_at = null, deleted_password_hash = null, "
    "mfa_secret = case when x.mfa_enabled_at < l.created_at - interval '72 hours' then x.mfa_secret end, "
    "mfa_recovery_hashes = case when x.mfa_enabled_at < l.created_at - interval '72 hours' then x.mfa_recovery_hashes else '{}' end, "
    "mfa_enabled_at = case when x.mfa_enabled_at < l.created_at - interval '72 hours' then x.mfa_enabled_at end "
    "from l where x.id = l.user_id and x.disabled_at is null returning x.id, x.email, x.role, l.created_at as changed_at), "
    EPICURA_AUDIT("user.email_change_undone", "$5", "$6") ", " EPICURA_END_FAMILIES("email_undone", "null") ", "
    "k as (update api_keys a set revoked_at = now() from u where a.user_id = u.id and a.revoked_at is null), "
    "p as (delete from pending_sign_ins using u where user_id = u.id), "
    "v as (update mail_links m set used_at = now() from u where m.user_id = u.id and m.id <> $1::uuid "
    "and m.used_at is null and (m.purpose <> 'undo_email_change' or m.created_at > u.changed_at)), "
    "n as (insert into mail_links (id, user_id, purpose, email, expires_at) select $2::uuid, u.id, 'reset_password', "
    "u.email, now() + $4::bigint * interval '1 s' from u returning *), "
    "j as (" EPICURA_MAIL_JOB("$3::uuid", "n.purpose", "n.user_id", "n.id") " from n) "
    "select u.id, f.id from u left join f on true"};

// 1 user uuid, 2 link uuid? -> 0 email text, 1 name text, and of the link, if it can still be followed:
//   2 purpose text?, 3 email text?, 4 expires_at timestamp?; 5 restorable_until timestamp? (not null: deleted);
//   no row: the user is gone, or disabled.
inline constexpr Statement get_mail_facts{
    "get_mail_facts", "select u.email, u.name, l.purpose, l.email, l.expires_at, u.deleted_at + " EPICURA_RESTORABLE_FOR
                      " from users u left join mail_links l on l.id = $2::uuid "
                      "and l.user_id = u.id and l.used_at is null and l.expires_at > now() "
                      "where u.id = $1::uuid and u.disabled_at is null"};

inline constexpr Statement forget_old_links{"forget_old_links",
                                            "delete from mail_links where expires_at < now() - interval '7 days'"};
inline constexpr Statement forget_pending_sign_ins{"forget_pending_sign_ins",
                                                   "delete from pending_sign_ins where expires_at < now()"};

#undef EPICURA_USE_LINK
#undef EPICURA_FEW_LINKS

}  // namespace epicura::pg::queries
