#pragma once
// The statements of dead letters (migrations/0011_dead_letters.sql). The form is that of queries.hpp.

#include "schema/pg/statement.hpp"

namespace epicura::pg::queries {

// 1 ids uuid[], 2 at timestamp[], 3 source text[], 4 device_id uuid?[], 5 origin text[] (cut to 1,024 characters),
// 6 code text[], 7 detail text[], 8 stream_seq int8?[], 9 size int8[], 10 payload text[] (base64) -> affected(): those
// that are new.
inline constexpr Statement keep_dead_letters{
    "keep_dead_letters",
    "insert into dead_letters (id, at, source, device_id, origin, code, detail, stream_seq, size, payload) "
    "select l.id, l.at, l.source, l.device_id, left(l.origin, 1024), l.code, l.detail, l.stream_seq, l.size, "
    "decode(l.payload, 'base64') "
    "from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[], "
    "$8::bigint[], $9::bigint[], $10::text[]) "
    "as l (id, at, source, device_id, origin, code, detail, stream_seq, size, payload) on conflict (id) do nothing"};

// The columns, as every statement here that gives letters has them:
//   0 id uuid, 1 at timestamp, 2 source text, 3 device_id uuid?, 4 origin text, 5 code text, 6 detail text,
//   7 stream_seq int8?, 8 size int8, 9 payload bytea, 10 replayed_at timestamp?, 11 replayed_by uuid?
#define EPICURA_LETTER_COLUMNS \
  "id, at, source, device_id, origin, code, detail, stream_seq, size, payload, replayed_at, replayed_by"

// 1 id uuid -> the letter, or no row.
inline constexpr Statement get_dead_letter{"get_dead_letter",
                                           "select " EPICURA_LETTER_COLUMNS " from dead_letters where id = $1::uuid",
                                           Statement::Kind::point_read};

// A page, the newest first. Both have the same parameters:
//   1 source text?, 2 code text?, 3 device_id uuid?, 4 from timestamp? (included), 5 to timestamp? (not included),
//   6 before uuid (only letters below this id; the largest for the first page), 7 limit int8
//   -> letters.
// They differ in the index that they follow, since one plan is kept for all values of the parameters.
#define EPICURA_LETTER_FILTER                                                                                          \
  "($1::text is null or source = $1::text) and ($2::text is null or code = $2::text) and ($4::timestamptz is null or " \
  "at >= $4::timestamptz) and ($5::timestamptz is null or at < $5::timestamptz) and "

// device_id is null.
inline constexpr Statement list_dead_letters{
    "list_dead_letters", "select " EPICURA_LETTER_COLUMNS " from dead_letters where " EPICURA_LETTER_FILTER
                         "($3::uuid is null or device_id = $3::uuid) and id < $6::uuid order by id desc limit "
                         "$7::bigint"};

// device_id is not null.
inline constexpr Statement list_dead_letters_of_device{
    "list_dead_letters_of_device", "select " EPICURA_LETTER_COLUMNS " from dead_letters where " EPICURA_LETTER_FILTER
                                   "device_id = $3::uuid and id < $6::uuid order by id desc limit $7::bigint"};

// 1 to 5 as above -> 0 int8.
inline constexpr Statement count_dead_letters{"count_dead_letters",
                                              "select count(*) from dead_letters where " EPICURA_LETTER_FILTER
                                              "($3::uuid is null or device_id = $3::uuid)"};

#undef EPICURA_LETTER_FILTER
#undef EPICURA_LETTER_COLUMNS

// 1 id uuid, 2 admin uuid, 3 request text, 4 address text -> 0 before timestamp? (null: it is replayed for the first
// time), 1 replayed_at timestamp; no row: there is no such letter.
inline constexpr Statement replay_dead_letter{
    "replay_dead_letter",
    "with o as materialized (select id, replayed_at from dead_letters where id = $1::uuid for update), "
    "u as (update dead_letters l set replayed_at = now(), replayed_by = (select id from users where id = $2::uuid) "
    "from o where l.id = o.id "
    "returning l.id, l.source, l.code, l.device_id, l.replayed_at), "
    "audit as (insert into audit_log (actor_kind, actor_id, action, target_kind, target_id, request_id, address, "
    "outcome, detail) select 'admin', $2::uuid, 'dead_letter.replayed', 'dead_letter', u.id::text, $3::text, "
    "$4::text, 'done', jsonb_build_object('source', u.source, 'code', u.code, 'device_id', u.device_id, "
    "'replayed_before', o.replayed_at is not null) from u join o on o.id = u.id) "
    "select o.replayed_at, u.replayed_at from o join u on u.id = o.id"};

inline constexpr Statement forget_old_dead_letters{"forget_old_dead_letters",
                                                   "delete from dead_letters where id in (select id from dead_letters "
                                                   "where at < now() - interval '30 days' limit 5000)"};

}  // namespace epicura::pg::queries
