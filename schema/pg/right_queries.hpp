#pragma once
// What authorization asks: who somebody is, and what they have a right to. The form is that of queries.hpp.

#include "schema/pg/statement.hpp"

namespace epicura::pg::queries {

// 1 user uuid -> 0 role text (user, admin), 1 email_verified bool, 2 mfa bool (it is on); no row: no such user, or
// disabled or deleted.
inline constexpr Statement get_standing{"get_standing",
                                        "select role, email_verified, mfa_enabled_at is not null from users where id = "
                                        "$1::uuid and disabled_at is null and deleted_at is null",
                                        Statement::Kind::point_read};

// 1 id uuid, 2 hash bytea -> 0 user uuid, 1 scopes text (names with spaces between), 2 due bool (that it is used is to
// be noted); no row: there is no such key, it was revoked or has expired, or its user is disabled or
// deleted.
inline constexpr Statement find_api_key{
    "find_api_key",
    "select k.user_id, array_to_string(k.scopes, ' '), "
    "k.last_used_at is null or k.last_used_at < now() - interval '1 minute' from api_keys k "
    "join users u on u.id = k.user_id where k.id = $1::uuid and k.hash = $2::bytea and k.revoked_at is null "
    "and k.expires_at > now() and u.disabled_at is null and u.deleted_at is null",
    Statement::Kind::point_read};

// 1 id uuid: the key is used now. Of many at one moment one writes.
inline constexpr Statement touch_api_key{"touch_api_key",
                                         "update api_keys set last_used_at = now() where id = $1::uuid "
                                         "and (last_used_at is null or last_used_at < now() - interval '1 minute')"};

}  // namespace epicura::pg::queries
