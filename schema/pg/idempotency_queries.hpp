#pragma once
// The statements of requests with an Idempotency-Key (migrations/0012_idempotency.sql). The form is that of
// queries.hpp. All but the last begin with the same: 1 principal uuid, 2 route text, 3 key text.

#include "schema/pg/statement.hpp"

namespace epicura::pg::queries {

#define EPICURA_THIS_KEY "principal_id = $1::uuid and route = $2::text and key = $3::text"
#define EPICURA_KEY_IS_OVER "created_at < now() - interval '24 hours'"

// -> 0 fingerprint bytea, 1 state text (kept, not_kept, open: begun within half a minute, lost: the answer never came),
//   2 status int8?, 3 content_type text?, 4 headers text? (JSON: pairs), 5 body text?; no row: the key is new.
inline constexpr Statement find_idempotency_key{
    "find_idempotency_key",
    "select fingerprint, case when status is not null then 'kept' when ended_at is not null then 'not_kept' "
    "when created_at > now() - interval '30 seconds' then 'open' else 'lost' end, "
    "status::bigint, content_type, headers::text, body "
    "from idempotency_keys where " EPICURA_THIS_KEY " and not " EPICURA_KEY_IS_OVER,
    Statement::Kind::point_read};

// For those that are over the key is free again. Before claim_idempotency_key, in its transaction.
inline constexpr Statement free_idempotency_key{
    "free_idempotency_key", "delete from idempotency_keys where " EPICURA_THIS_KEY " and " EPICURA_KEY_IS_OVER};

// 4 fingerprint bytea. A duplicate of constraint idempotency_keys_pkey: somebody has begun it, and the transaction is
// undone; it waits for one that is still on its way.
inline constexpr Statement claim_idempotency_key{
    "claim_idempotency_key",
    "insert into idempotency_keys (principal_id, route, key, fingerprint) values ($1::uuid, $2::text, $3::text, "
    "$4::bytea)"};

// 4 status int8?, 5 content_type text?, 6 headers text? (JSON), 7 body text?: all null where there is a secret in it.
inline constexpr Statement end_idempotency_key{
    "end_idempotency_key",
    "update idempotency_keys set ended_at = now(), status = $4::bigint, content_type = $5::text, "
    "headers = $6::text::jsonb, body = $7::text where " EPICURA_THIS_KEY};

// Nothing came of it: the key is free again.
inline constexpr Statement release_idempotency_key{"release_idempotency_key",
                                                   "delete from idempotency_keys where " EPICURA_THIS_KEY};

inline constexpr Statement forget_idempotency_keys{
    "forget_idempotency_keys",
    "delete from idempotency_keys where (principal_id, route, key) in (select "
    "principal_id, route, key from idempotency_keys "
    "where " EPICURA_KEY_IS_OVER " limit 5000)"};

#undef EPICURA_KEY_IS_OVER
#undef EPICURA_THIS_KEY

}  // namespace epicura::pg::queries
