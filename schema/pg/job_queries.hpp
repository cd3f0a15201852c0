#pragma once
// The statements of jobs (migrations/0006_jobs.sql). The form is that of queries.hpp.

#include "schema/pg/statement.hpp"

namespace epicura::pg::queries {

// 1 lost int8 (s) -> 0 id uuid, 1 kind text, 2 run_at timestamp (another one for each attempt): at most 100 that are
// due, marked as queued. Among them those that were queued so long ago, or begun 5 minutes ago, and are not ended:
// their message, or who worked on it, is lost. Of images, which take seconds, one at a time: so a mail waits for one of
// them at most, however many there are.
inline constexpr Statement queue_due_jobs{
    "queue_due_jobs",
    "update jobs j set state = 'queued', changed_at = now() from (select id from jobs where run_at <= now() and "
    "(state = 'waiting' or (state = 'queued' and changed_at <= now() - $1::bigint * interval '1 s') "
    "or (state = 'running' and changed_at < now() - interval '5 min')) "
    "and (kind <> 'image' or id = (select id from jobs where kind = 'image' and state in ('waiting', 'queued', "
    "'running') "
    "order by state = 'waiting', run_at, id limit 1)) "
    "order by run_at limit 100 for update skip locked) due where j.id = due.id "
    "returning j.id, j.kind, j.run_at"};

// 1 ids uuid[]: their message could not be sent; they wait again.
inline constexpr Statement unqueue_jobs{
    "unqueue_jobs",
    "update jobs set state = 'waiting', run_at = now() + interval '2 s', changed_at = now() "
    "where id = any($1::uuid[]) and state = 'queued'"};

// 1 id uuid -> 0 kind text, 1 args text (JSON), 2 attempts int8 (with this one), 3 created_at timestamp; no row: it has
// ended, or waits for its next attempt, and this message is old.
inline constexpr Statement begin_job{
    "begin_job",
    "update jobs set state = 'running', attempts = attempts + 1, changed_at = now() "
    "where id = $1::uuid and state in ('queued', 'running') returning kind, args::text, "
    "attempts::bigint, created_at"};

// 1 id uuid, 2 state text (waiting, done, failed), 3 error text?, 4 pause int8 (ms until the next attempt), 5 counts
// bool (whether this attempt did), 6 attempts int8 (as begin_job gave them: where another node has begun it since, it
// is for that one to say how it ended)
inline constexpr Statement end_job{
    "end_job",
    "update jobs set state = $2::text, last_error = $3::text, run_at = now() + $4::bigint * interval '1 ms', "
    "attempts = attempts - case when $5::boolean then 0 else 1 end, changed_at = now(), "
    "finished_at = case when $2::text = 'waiting' then null else now() end "
    "where id = $1::uuid and state = 'running' and attempts = $6::bigint"};

// 1 id uuid, 2 kind text, 3 unique_key text -> affected(): 0, it is scheduled already.
inline constexpr Statement schedule_job{"schedule_job",
                                        "insert into jobs (id, kind, unique_key) values ($1::uuid, $2::text, $3::text) "
                                        "on conflict (unique_key) do nothing"};

// What nobody asks for any more.
inline constexpr Statement forget_ended_jobs{
    "forget_ended_jobs",
    "delete from jobs where id in (select id from jobs where (state = 'done' and finished_at < now() - interval '7 "
    "days') "
    "or (state = 'failed' and finished_at < now() - interval '90 days') limit 5000)"};
inline constexpr Statement forget_ended_families{
    "forget_ended_families",
    "delete from token_families where id in (select id from token_families "
    "where least(ended_at, idle_until, expires_at) < now() - interval '30 days' limit 5000)"};

}  // namespace epicura::pg::queries
