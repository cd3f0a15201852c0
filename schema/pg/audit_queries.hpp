#pragma once
// The statements of the audit log. The form is that of queries.hpp; audit_rows.hpp writes the parameters of
// append_audit and reads the rows.

#include "schema/pg/statement.hpp"

namespace epicura::pg::queries {

// The columns, as every statement here that gives entries has them:
//   0 seq int8, 1 at timestamp, 2 actor_kind text, 3 actor_id uuid?, 4 action text, 5 target_kind text?,
//   6 target_id text?, 7 request_id text?, 8 address text?, 9 outcome text, 10 detail text (JSON), 11 prev_hash bytea,
//   12 hash bytea
#define EPICURA_AUDIT_COLUMNS                                                                                   \
  "seq, at, actor_kind, actor_id, action, target_kind, target_id, request_id, address, outcome, detail::text, " \
  "prev_hash, hash"

// 1 actor_kind text, 2 actor_id uuid?, 3 action text, 4 target_kind text?, 5 target_id text?, 6 request_id text?,
// 7 address text?, 8 outcome text, 9 detail text (JSON) -> affected(): 1.
// The last statement of its transaction: from here to the commit nobody else can append.
inline constexpr Statement append_audit{
    "append_audit",
    "insert into audit_log (actor_kind, actor_id, action, target_kind, target_id, request_id, address, outcome, "
    "detail) "
    "values ($1::text, $2::uuid, $3::text, $4::text, $5::text, $6::text, $7::text, $8::text, $9::text::jsonb)"};

// A page, the newest first. All three have the same parameters:
//   1 before int8 (only entries below this number; the largest int8 for the first page), 2 limit int8,
//   3 action text? (what it begins with: "auth."), 4 from timestamp? (included), 5 to timestamp? (not included),
//   6 actor_id uuid?, 7 target_kind text?, 8 target_id text?
//   -> entries.
// They differ in the index that they follow, since one plan is kept for all values of the parameters.
#define EPICURA_AUDIT_PAGE                                                                          \
  "select " EPICURA_AUDIT_COLUMNS                                                                   \
  " from audit_log where seq < $1::bigint and ($3::text is null or starts_with(action, $3::text)) " \
  "and ($4::timestamptz is null or at >= $4::timestamptz) and ($5::timestamptz is null or at < $5::timestamptz) "
#define EPICURA_AUDIT_PAGE_END " order by seq desc limit $2::bigint"

// Without an actor or a target_id, or with null for both.
inline constexpr Statement list_audit{
    "list_audit", EPICURA_AUDIT_PAGE
    "and ($6::uuid is null or actor_id = $6::uuid) and ($7::text is null or target_kind = $7::text) "
    "and ($8::text is null or target_id = $8::text)" EPICURA_AUDIT_PAGE_END};

// actor_id is not null.
inline constexpr Statement list_audit_of_actor{
    "list_audit_of_actor", EPICURA_AUDIT_PAGE
    "and actor_id = $6::uuid and ($7::text is null or target_kind = $7::text) "
    "and ($8::text is null or target_id = $8::text)" EPICURA_AUDIT_PAGE_END};

// target_id is not null.
inline constexpr Statement list_audit_of_target{
    "list_audit_of_target", EPICURA_AUDIT_PAGE
    "and ($6::uuid is null or actor_id = $6::uuid) and ($7::text is null or target_kind = $7::text) "
    "and target_id = $8::text" EPICURA_AUDIT_PAGE_END};

#undef EPICURA_AUDIT_PAGE
#undef EPICURA_AUDIT_PAGE_END

// 1 after int8 (only entries above this number; 0 at first), 2 limit int8, 3 from timestamp? (included),
// 4 to timestamp? (not included) -> entries, the oldest first.
inline constexpr Statement read_audit{
    "read_audit", "select " EPICURA_AUDIT_COLUMNS
                  " from audit_log where seq > $1::bigint and ($3::timestamptz is null or at >= $3::timestamptz) "
                  "and ($4::timestamptz is null or at < $4::timestamptz) order by seq limit $2::bigint"};

#undef EPICURA_AUDIT_COLUMNS

// 1 user uuid -> 0 int8: in how many entries the address was forgotten.
inline constexpr Statement forget_audit_addresses{"forget_audit_addresses", "select audit_forget_addresses($1::uuid)"};

// -> 0 owner text, 1 bool: this connection's role could do more than append and read, 2 int8: how many of the table's
// three triggers are on.
inline constexpr Statement audit_guards{
    "audit_guards",
    "select pg_get_userbyid(c.relowner)::text, pg_has_role(c.relowner, 'MEMBER') or "
    "has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE, TRIGGER'), (select count(*) from pg_trigger t "
    "where t.tgrelid = c.oid and not t.tgisinternal and t.tgenabled in ('O', 'A')) "
    "from pg_class c where c.oid = 'audit_log'::regclass"};

}  // namespace epicura::pg::queries
