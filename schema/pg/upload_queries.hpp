#pragma once
// The statements of uploads and of what comes of them (migrations/0013_uploads.sql). The form is that of queries.hpp.

#include "schema/pg/statement.hpp"

namespace epicura::pg::queries {

// 1 id uuid, 2 user uuid, 3 purpose text, 4 content_type text, 5 content_length int8, 6 most int8 (in an hour)
//   -> 0 id uuid; no row: there are enough. After lock_user in one transaction: so two at a time are counted.
inline constexpr Statement create_upload{
    "create_upload",
    "insert into uploads (id, user_id, purpose, content_type, content_length) "
    "select $1::uuid, $2::uuid, $3::text, $4::text, $5::bigint where (select count(*) from uploads "
    "where user_id = $2::uuid and created_at > now() - interval '1 hour') < $6::bigint "
    "and exists (select from users where id = $2::uuid) returning id"};

// 1 id uuid, 2 quarantine_id uuid -> 0 claimed bool: nothing came before, and the file may be written; no row: nobody
// waits for it any more. Before the file: whoever has a URL writes one with it, however often the line breaks.
inline constexpr Statement claim_upload{
    "claim_upload",
    "with c as (update uploads set state = 'writing', quarantine_id = $2::uuid, changed_at = now() "
    "where id = $1::uuid and state = 'pending' returning id) "
    "select c.id is not null from uploads u left join c on c.id = u.id where u.id = $1::uuid"};

// 1 id uuid, 2 quarantine_id uuid -> 0 id uuid; no row: nobody waits for it any more. The file lies there by now.
inline constexpr Statement store_upload{
    "store_upload",
    "update uploads set state = 'stored', changed_at = now() where id = $1::uuid and quarantine_id = $2::uuid "
    "and state = 'writing' returning id"};

// 1 id uuid, 2 quarantine_id uuid: there was no room for the file; it may be tried again.
inline constexpr Statement release_upload{
    "release_upload",
    "update uploads set state = 'pending', quarantine_id = null, changed_at = now() where id = $1::uuid "
    "and quarantine_id = $2::uuid and state = 'writing'"};

// 1 id uuid, 2 user uuid, 3 purpose text, 4 job uuid -> 0 state text (as it is now), 1 refusal text?,
// 2 avatar_file text? (of the user), 3 made bool (the job, now); no row: there is no such upload of this user.
inline constexpr Statement confirm_upload{
    "confirm_upload",
    "with o as materialized (select * from uploads where id = $1::uuid and user_id = $2::uuid and purpose = $3::text "
    "for update), "
    "c as (update uploads n set state = 'confirmed', changed_at = now() from o where n.id = o.id "
    "and o.state = 'stored' returning n.id), "
    "j as (insert into jobs (id, kind, args) select $4::uuid, 'image', jsonb_build_object('user', o.user_id, "
    "'upload', c.id) from c join o on o.id = c.id) "
    "select case when c.id is null then o.state else 'confirmed' end, o.refusal, u.avatar_file, c.id is not null "
    "from o join users u on u.id = o.user_id left join c on c.id = o.id"};

// 1 id uuid -> 0 quarantine_id uuid; no row: nothing is to be done (any more).
inline constexpr Statement get_confirmed_upload{
    "get_confirmed_upload",
    "select quarantine_id from uploads where id = $1::uuid and state = 'confirmed' and quarantine_id is not null"};

// 1 id uuid, 2 refusal text
inline constexpr Statement refuse_upload{
    "refuse_upload",
    "update uploads set state = 'refused', refusal = $2::text, quarantine_id = null, changed_at = now() "
    "where id = $1::uuid and state = 'confirmed'"};

// 1 id uuid
inline constexpr Statement lock_user_of_upload{
    "lock_user_of_upload",
    "select u.id from users u where u.id = (select user_id from uploads where id = $1::uuid) for update"};

// 1 id uuid, 2 avatar_file text -> 0 the former avatar_file text?; no row: the upload is not to be an avatar any more.
inline constexpr Statement finish_avatar{
    "finish_avatar",
    "with c as (update uploads set state = 'done', quarantine_id = null, changed_at = now() where id = $1::uuid "
    "and state = 'confirmed' and purpose = 'avatar' returning user_id), "
    "o as materialized (select u.id, u.avatar_file from users u join c on c.user_id = u.id for update of u), "
    "n as (update users u set avatar_file = $2::text from o where u.id = o.id) "
    "select o.avatar_file from o"};

// 1 user uuid -> 0 the former avatar_file text?; no row: there is no such user. What was on its way to be an avatar is
// not any more.
inline constexpr Statement remove_avatar{
    "remove_avatar",
    "with o as materialized (select id, avatar_file from users where id = $1::uuid for update), "
    "n as (update users u set avatar_file = null from o where u.id = o.id and o.avatar_file is not null), "
    "w as (update uploads p set state = 'refused', refusal = 'the avatar was taken away meanwhile', "
    "quarantine_id = null, changed_at = now() from o where p.user_id = o.id and p.purpose = 'avatar' "
    "and p.state in ('writing', 'stored', 'confirmed')) select avatar_file from o"};

// 1 avatar_file text -> 0 int4: it is somebody's who is not deleted; or no row.
inline constexpr Statement find_public_file{"find_public_file",
                                            "select 1 from users where avatar_file = $1::text and deleted_at is null",
                                            Statement::Kind::point_read};

// --- tidying ---------------------------------------------------------------------------------------------------------

// What nobody confirmed within an hour, and what has ended a day ago. A confirmed one ends with its job, which is tried
// for days at most.
inline constexpr Statement forget_old_uploads{
    "forget_old_uploads",
    "delete from uploads where id in (select id from uploads where created_at < now() - interval '1 hour' "
    "and (state in ('pending', 'writing', 'stored') or (state in ('done', 'refused') and changed_at < now() - "
    "interval '1 day') or changed_at < now() - interval '7 days') limit 5000)"};

// 1 quarantine ids uuid[] -> 0 id uuid: those that an upload still has.
inline constexpr Statement find_quarantined{"find_quarantined",
                                            "select quarantine_id from uploads where quarantine_id = any($1::uuid[])"};

// 1 names text[] -> 0 name text: those that somebody still has.
inline constexpr Statement find_kept_files{"find_kept_files",
                                           "select avatar_file from users where avatar_file = any($1::text[])"};

}  // namespace epicura::pg::queries
