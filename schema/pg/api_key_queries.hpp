#pragma once
// The statements of people's API keys, but for those that authorization asks (right_queries.hpp). The form is that of
// queries.hpp.

#include "schema/pg/statement.hpp"

namespace epicura::pg::queries {

// 1 user uuid -> affected(). Those who make keys for one user at one moment come one after the other from here on: the
// next statement of the unit sees what was committed before.
inline constexpr Statement queue_for_api_keys{"queue_for_api_keys",
                                              "select id from users where id = $1::uuid for no key update"};

// The audit log's entry that user $2 did this to the key of CTE k; `request` and `address`: the parameters that say by
// which request, and from where.
#define EPICURA_AUDIT_KEY(action, request, address)                                                              \
  "audit as (insert into audit_log (actor_kind, actor_id, action, target_kind, target_id, request_id, address, " \
  "outcome) select u.role, u.id, '" action "', 'api_key', k.id::text, " request "::text, " address               \
  "::text, 'done' from k join users u on u.id = $2::uuid)"

// 1 id uuid, 2 user uuid, 3 name text, 4 hash bytea, 5 scopes text[], 6 days int8, 7 most int8, 8 request text,
// 9 address text -> 0 created_at timestamp, 1 expires_at timestamp; no row: the user has so many that live, or may make
// none.
inline constexpr Statement create_api_key{
    "create_api_key",
    "with k as (insert into api_keys (id, user_id, name, hash, scopes, created_at, expires_at) "
    "select $1::uuid, u.id, $3::text, $4::bytea, $5::text[], now(), now() + $6::bigint * interval '24 hours' "
    "from users u where u.id = $2::uuid and u.email_verified and u.disabled_at is null and u.deleted_at is null "
    "and (select count(*) from api_keys o where o.user_id = u.id and o.revoked_at is null and o.expires_at > now()) "
    "< $7::bigint returning *), " EPICURA_AUDIT_KEY("api_key.made", "$8", "$9") " select k.created_at, k.expires_at "
    "from k"};

// 1 user uuid -> 0 id uuid, 1 name text, 2 scopes text (names with spaces between), 3 created_at timestamp,
// 4 expires_at timestamp, 5 last_used_at timestamp?: those that live, the newest first.
inline constexpr Statement list_api_keys{
    "list_api_keys",
    "select id, name, array_to_string(scopes, ' '), created_at, expires_at, last_used_at from api_keys "
    "where user_id = $1::uuid and revoked_at is null and expires_at > now() order by created_at desc, id desc"};

// 1 id uuid, 2 user uuid, 3 request text, 4 address text -> 0 id uuid; no row: the user has no such key that lives.
inline constexpr Statement revoke_api_key{
    "revoke_api_key",
    "with k as (update api_keys set revoked_at = now() where id = $1::uuid and user_id = $2::uuid "
    "and revoked_at is null and expires_at > now() returning id), " EPICURA_AUDIT_KEY("api_key.revoked", "$3",
                                                                                      "$4") " select k.id from k"};

#undef EPICURA_AUDIT_KEY

inline constexpr Statement forget_old_api_keys{
    "forget_old_api_keys",
    "delete from api_keys where id in (select id from api_keys where least(revoked_at, expires_at) "
    "< now() - interval '90 days' limit 5000)"};

}  // namespace epicura::pg::queries
