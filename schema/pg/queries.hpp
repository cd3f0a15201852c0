#pragma once
// Every statement of the program. Beside each: its parameters in their order, and its columns numbered from 0.
// "?" may be null. Times are UTC. A column without a "?" is never null.

#include "schema/pg/statement.hpp"

namespace epicura::pg::queries {

// --- devices -------------------------------------------------------------------------------------------------------

// The device's columns, as register_device and get_device give them:
//   0 id uuid, 1 name text?, 2 model text?, 3 firmware_version text?, 4 status text, 5 status_reason text?,
//   6 last_seen_at timestamp?, 7 cooking_status text, 8 session_id uuid?, 9 reported text (JSON),
//   10 token_generation int8, 11 created_at timestamp, 12 owner_id uuid?
#define EPICURA_DEVICE_COLUMNS                                                                           \
  "id, name, model, firmware_version, status, status_reason, last_seen_at, cooking_status, session_id, " \
  "reported::text, token_generation::bigint, created_at, owner_id"

// 1 id uuid, 2 name text?, 3 model text?, 4 firmware_version text? -> the new device; no row: it is known already.
inline constexpr Statement register_device{
    "register_device",
    "insert into devices (id, name, model, firmware_version) values ($1::uuid, $2::text, $3::text, $4::text) "
    "on conflict (id) do nothing returning " EPICURA_DEVICE_COLUMNS};

// 1 id uuid -> the device, or no row.
inline constexpr Statement get_device{
    "get_device", "select " EPICURA_DEVICE_COLUMNS " from devices where id = $1::uuid", Statement::Kind::point_read};

// 1 id uuid, 2 user uuid -> the device, if this user may see it: its owner, or whom its present owner shares it with;
// 13 since timestamp: what was before is not theirs to see. No row: there is none, or it is not theirs.
inline constexpr Statement get_device_of_user{
    "get_device_of_user",
    "select " EPICURA_DEVICE_COLUMNS
    ", since from devices d cross join lateral ("
    "select d.owned_since as since where d.owner_id = $2::uuid union all "
    "select s.created_at from device_shares s where s.device_id = d.id and s.user_id = $2::uuid "
    "and s.created_at >= d.owned_since and d.owner_id <> $2::uuid) as r where id = $1::uuid",
    Statement::Kind::point_read};

#undef EPICURA_DEVICE_COLUMNS

// 1 id uuid -> 0 token_generation int8, or no row.
inline constexpr Statement get_token_generation{"get_token_generation",
                                                "select token_generation::bigint from devices where id = $1::uuid",
                                                Statement::Kind::point_read};

// 1 id uuid -> 0 status text, 1 status_epoch int8, 2 status_at timestamp? (null: never heard of),
// 3 status_retained boolean, or no row.
inline constexpr Statement get_presence{"get_presence",
                                        "select status, status_epoch, status_at, status_retained from devices "
                                        "where id = $1::uuid",
                                        Statement::Kind::point_read};

// 1 ids uuid[] (each once, sorted, so that two writers lock in one order), 2 times timestamp[] -> affected().
// A device without a row is passed over; a time never goes back.
inline constexpr Statement touch_devices{
    "touch_devices",
    "update devices d set last_seen_at = seen.at from unnest($1::uuid[], $2::timestamptz[]) as seen (id, at) "
    "where d.id = seen.id and (d.last_seen_at is null or d.last_seen_at < seen.at)"};

// 1 ids uuid[] (each once, sorted), 2 status text[] (online, offline), 3 epoch int8[], 4 stored_at timestamp[],
// 5 firmware text?[] (null: not said), 6 retained int8[] (0, 1)
//   -> 0 id uuid, 1 status text, 2 status_reason text (birth, will): the devices that changed. No row for one: its
//   message is stale or a redelivery, or the device has no row. Newer is what is_newer (schema/device_status.hpp) says.
inline constexpr Statement apply_statuses{
    "apply_statuses",
    "update devices d set status = s.status, "
    "status_reason = case s.status when 'online' then 'birth' else 'will' end, status_epoch = s.epoch, "
    "status_at = s.stored_at, status_retained = s.retained = 1, firmware_version = coalesce(s.firmware, "
    "d.firmware_version) "
    "from unnest($1::uuid[], $2::text[], $3::bigint[], $4::timestamptz[], $5::text[], $6::bigint[]) "
    "as s (id, status, epoch, stored_at, firmware, retained) where d.id = s.id and (d.status_epoch < s.epoch "
    "or (d.status_epoch = s.epoch and s.retained = 0 and (d.status_retained or d.status_at < s.stored_at))) "
    "returning d.id, d.status, d.status_reason"};

// 1 cut_off timestamp -> 0 id uuid, 1 status text, 2 status_reason text (timeout, seen): the devices that changed.
// Online ones that were neither heard nor seen since the cut-off go offline; those that went so and were seen since
// come back. Rows that somebody is writing at this moment are left for the next sweep.
inline constexpr Statement sweep_presence{
    "sweep_presence",
    "with due as materialized (select id from devices "
    "where (status = 'online' and greatest(last_seen_at, status_at) < $1::timestamptz) "
    "or (status = 'offline' and status_reason = 'timeout' and last_seen_at >= $1::timestamptz) "
    "for no key update skip locked) "
    "update devices d set status = case d.status when 'online' then 'offline' else 'online' end, "
    "status_reason = case d.status when 'online' then 'timeout' else 'seen' end "
    "from due where d.id = due.id returning d.id, d.status, d.status_reason"};

// --- device_telemetry ----------------------------------------------------------------------------------------------
// readings.hpp makes the parameters of the first three.

// 1 device_id uuid[], 2 metric text[], 3 recorded_at timestamp[], 4 seq int8[] (-1: absent), 5 value float8[],
// 6 unit text?[], 7 session_id uuid?[] -> affected(): all of them. Refused as a whole, by 23505, where a key is stored
// already or stands twice in the batch; for all others a third cheaper than insert_readings, which looks each key up
// before it writes, and logs each row twice.
inline constexpr Statement insert_new_readings{
    "insert_new_readings",
    "insert into device_telemetry (device_id, metric, recorded_at, seq, value, unit, session_id) "
    "select * from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::bigint[], $5::double precision[], "
    "$6::text[], $7::uuid[])"};

// The same parameters -> affected(): how many were new. The others have a key that is stored, or that stands twice in
// the batch: the first value stays.
inline constexpr Statement insert_readings{
    "insert_readings",
    "insert into device_telemetry (device_id, metric, recorded_at, seq, value, unit, session_id) "
    "select * from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::bigint[], $5::double precision[], "
    "$6::text[], $7::uuid[]) on conflict do nothing"};

// The same parameters -> 0 int8: how many of these readings have another value than the one stored under their key.
// The subquery of one row keeps the planner to one look-up for each reading, in its day alone.
inline constexpr Statement count_conflicts{
    "count_conflicts",
    "select count(*) from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::bigint[], $5::double precision[], "
    "$6::text[], $7::uuid[]) as r (device_id, metric, recorded_at, seq, value, unit, session_id) "
    "cross join lateral (select value from device_telemetry t where t.device_id = r.device_id "
    "and t.recorded_at = r.recorded_at and t.metric = r.metric and t.seq = r.seq limit 1) as stored "
    "where stored.value <> r.value"};

// 1 device_id uuid -> 0 metric text, 1 recorded_at timestamp, 2 seq int8, 3 value float8, 4 unit text?: the latest of
// each metric among the device's newest 1,024 readings, newest first, at most 64.
inline constexpr Statement latest_values{
    "latest_values",
    "select metric, recorded_at, seq, value, unit from (select distinct on (metric) metric, recorded_at, seq, value, "
    "unit "
    "from (select metric, recorded_at, seq, value, unit from device_telemetry where device_id = $1::uuid "
    "order by recorded_at desc, metric desc, seq desc limit 1024) as newest "
    "order by metric, recorded_at desc, seq desc) as latest order by recorded_at desc, metric desc limit 64"};

// 1 device_id uuid, 2 metrics text[]? (null: all), 3 from timestamp? (included), 4 to timestamp? (excluded),
// 5..7 the last row of the page before: recorded_at timestamp?, metric text?, seq int8? (all null: the first page),
// 8 limit int8
//   -> 0 recorded_at timestamp, 1 metric text, 2 seq int8, 3 value float8, 4 unit text?, 5 session_id uuid?,
// newest first by (recorded_at, metric, seq). Ask for one row more than the page to know whether there is a next one.
// No metric is '', so (to, '', lowest) stands before every row of the first page. The plain comparisons beside the
// row's own choose the partitions.
inline constexpr Statement telemetry_page{
    "telemetry_page",
    "select recorded_at, metric, seq, value, unit, session_id from device_telemetry where device_id = $1::uuid "
    "and ($2::text[] is null or metric = any ($2::text[])) "
    "and recorded_at >= coalesce($3::timestamptz, '-infinity') and recorded_at < coalesce($4::timestamptz, 'infinity') "
    "and recorded_at <= coalesce($5::timestamptz, 'infinity') "
    "and (recorded_at, metric, seq) < (coalesce($5::timestamptz, $4::timestamptz, 'infinity'), coalesce($6::text, ''), "
    "coalesce($7::bigint, -9223372036854775808)) "
    "order by recorded_at desc, metric desc, seq desc limit $8::bigint"};

// 1 first timestamp, 2 last timestamp: of their UTC days and those between them -> 0 int8: how many were made.
// 55P03: somebody holds a lock, try again.
inline constexpr Statement make_partitions{"make_partitions",
                                           "select epicura_make_partitions(($1::timestamptz at time zone 'UTC')::date, "
                                           "($2::timestamptz at time zone 'UTC')::date)"};

// 1 oldest timestamp: days before its UTC day go -> 0 int8: how many were dropped. 55P03: as above.
inline constexpr Statement drop_partitions{
    "drop_partitions",
    "select epicura_drop_partitions(least(($1::timestamptz at time zone 'UTC')::date, "
    "(now() at time zone 'UTC')::date - 7))"};

// --- the connection itself -----------------------------------------------------------------------------------------

// -> 0 int8: 1. Is the server still there?
inline constexpr Statement heartbeat{"heartbeat", "select 1::bigint"};

// --- the bridge's lock ---------------------------------------------------------------------------------------------
// Held by the connection that took it, until that ends. The first number of the program's advisory locks is "epic" in
// ASCII; the second says which: 1 the bridge, 2 migration, 3 partitions, 4 the end of the audit log.

#define EPICURA_BRIDGE_LOCK                                                                              \
  "l.locktype = 'advisory' and l.classid = 1701865827 and l.objid = 1 and l.objsubid = 2 and l.granted " \
  "and l.database = (select oid from pg_database where datname = current_database())"

// -> 0 bool: this connection holds it (now or already).
inline constexpr Statement try_bridge_lock{
    "try_bridge_lock",
    "select case when exists (select from pg_locks l where l.pid = pg_backend_pid() and " EPICURA_BRIDGE_LOCK
    ") then true else pg_try_advisory_lock(1701865827, 1) end"};

// -> 0 pid int8, 1 application_name text, 2 since timestamp (its connection's start); no row: nobody holds it.
inline constexpr Statement bridge_lock_holder{"bridge_lock_holder",
                                              "select a.pid::bigint, a.application_name, a.backend_start from pg_locks "
                                              "l join pg_stat_activity a on a.pid = l.pid "
                                              "where " EPICURA_BRIDGE_LOCK};

// 1 application_name text -> 0 int8: how many connections of that name, other than this one, held the lock and were
// told to end. What a killed process leaves behind frees the lock only when its connection is noticed to be dead.
inline constexpr Statement terminate_ghost{
    "terminate_ghost",
    "select count(*) filter (where pg_terminate_backend(a.pid)) from pg_locks l join pg_stat_activity a on a.pid = "
    "l.pid "
    "where a.application_name = left($1::text, 63) and a.pid <> pg_backend_pid() and " EPICURA_BRIDGE_LOCK};

#undef EPICURA_BRIDGE_LOCK

}  // namespace epicura::pg::queries
