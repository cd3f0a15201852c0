#pragma once
// The statements of deleting an account, taking that back, and erasing it. The form is that of queries.hpp. What
// happens to a user's rows in each table is said by personal_data.hpp.

#include "schema/pg/account_words.hpp"
#include "schema/pg/statement.hpp"

namespace epicura::pg::queries {

// 1 id uuid -> 0 id uuid; or no row. Until the transaction ends no row that names this user is made anywhere; those
// that were being made are seen by the statements behind this one.
inline constexpr Statement lock_leaving_user{"lock_leaving_user",
                                             "select id from users where id = $1::uuid for update"};

// 1 id uuid, 2 job uuid (its mail) -> 0 restorable_until timestamp; no row: there is no such user, it is
// deleted, or the only admin. After lock_admins.
inline constexpr Statement mark_deleted{
    "mark_deleted",
    "with u as (update users set deleted_at = now(), deleted_password_hash = password_hash, password_hash = null "
    "where id = $1::uuid and deleted_at is null and (role <> 'admin' or exists (select from users a "
    "where a.role = 'admin' and a.id <> $1::uuid and a.disabled_at is null and a.deleted_at is null)) "
    "returning id, deleted_at), "
    "j as (" EPICURA_MAIL_JOB("$2::uuid", "'account_deleted'", "u.id", "null") " from u) "
    "select deleted_at + " EPICURA_RESTORABLE_FOR " from u"};

// 1 id uuid, 2 password_hash text (the one that was proved), 3 request text, 4 address text, 5 job uuid (its mail)
//   -> 0 id uuid; no row: it is not deleted, or for too long, or is disabled.
inline constexpr Statement restore_user{
    "restore_user",
    "with u as (update users set deleted_at = null, password_hash = deleted_password_hash, "
    "deleted_password_hash = null where id = $1::uuid and deleted_password_hash = $2::text "
    "and disabled_at is null and " EPICURA_IS_RESTORABLE
    " returning id, role), "
    "j as (" EPICURA_MAIL_JOB("$5::uuid", "'account_restored'", "u.id", "null") " from u), " EPICURA_AUDIT(
        "user.restored", "$3", "$4") " select u.id from u"};

// 1 after uuid -> 0 id uuid: at most 100 users behind it whose time to come back is over.
inline constexpr Statement list_erasable{
    "list_erasable", "select id from users where deleted_at is not null and not " EPICURA_IS_RESTORABLE
                     " and id > $1::uuid order by id limit 100"};

}  // namespace epicura::pg::queries
