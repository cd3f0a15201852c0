#pragma once
// The statements of personal_data.hpp, where their form is said.

#include "schema/pg/account_words.hpp"
#include "schema/pg/statement.hpp"

namespace epicura::pg::queries {

// The rows of a select, from its first column on, as one JSON array. api_time() writes a time as all of the API's are.
#define EPICURA_ROWS_OF "select coalesce(json_agg(r), '[]')::text from (select "
#define EPICURA_END_ROWS ") r"

inline constexpr Statement export_account{
    "export_account", EPICURA_ROWS_OF
    "id, email, email_verified, name, role, dietary_preferences, allergies, preferences, "
    "api_time(created_at) as created_at, api_time(mfa_enabled_at) as mfa_enabled_at, "
    "cardinality(mfa_recovery_hashes) as recovery_codes_left, avatar_file from users where id = "
    "$1::uuid" EPICURA_END_ROWS};

inline constexpr Statement export_families{
    "export_families", EPICURA_ROWS_OF
    "id, address, user_agent, second_factor, api_time(created_at) as created_at, "
    "api_time(authenticated_at) as authenticated_at, api_time(rotated_at) as rotated_at, "
    "api_time(idle_until) as idle_until, api_time(expires_at) as expires_at, api_time(ended_at) as ended_at, "
    "end_reason from token_families where user_id = $1::uuid order by id" EPICURA_END_ROWS};

inline constexpr Statement end_families_at_deletion{
    "end_families_at_deletion",
    "update token_families set ended_at = clock_timestamp(), end_reason = 'deleted' "
    "where user_id = $1::uuid and ended_at is null returning id"};

inline constexpr Statement export_mail_links{
    "export_mail_links", EPICURA_ROWS_OF
    "purpose, email, api_time(created_at) as created_at, api_time(expires_at) as expires_at, "
    "api_time(used_at) as used_at from mail_links where user_id = $1::uuid order by id" EPICURA_END_ROWS};

// All but those to take an address back: who took it from its owner must not get away with it by this.
inline constexpr Statement void_links_at_deletion{
    "void_links_at_deletion",
    "update mail_links set used_at = now() where user_id = $1::uuid and used_at is null "
    "and purpose <> 'undo_email_change'"};

inline constexpr Statement export_pending_sign_ins{
    "export_pending_sign_ins", EPICURA_ROWS_OF
    "id, api_time(expires_at) as expires_at from pending_sign_ins where user_id = $1::uuid "
    "order by id" EPICURA_END_ROWS};

inline constexpr Statement drop_pending_at_deletion{"drop_pending_at_deletion",
                                                    "delete from pending_sign_ins where user_id = $1::uuid"};

inline constexpr Statement export_api_keys{
    "export_api_keys", EPICURA_ROWS_OF
    "id, name, scopes, api_time(created_at) as created_at, api_time(expires_at) as expires_at, "
    "api_time(last_used_at) as last_used_at, api_time(revoked_at) as revoked_at "
    "from api_keys where user_id = $1::uuid order by id" EPICURA_END_ROWS};

inline constexpr Statement revoke_keys_at_deletion{
    "revoke_keys_at_deletion",
    "update api_keys set revoked_at = now() where user_id = $1::uuid and revoked_at is null"};

// Of the user, and of the API keys there are.
#define EPICURA_THEIR_REQUESTS(user) \
  "principal_id = " user " or principal_id in (select id from api_keys where user_id = " user ")"

inline constexpr Statement export_idempotency_keys{
    "export_idempotency_keys", EPICURA_ROWS_OF
    "route, key, api_time(created_at) as created_at from idempotency_keys "
    "where " EPICURA_THEIR_REQUESTS("$1::uuid") " order by created_at" EPICURA_END_ROWS};

inline constexpr Statement forget_requests_at_deletion{
    "forget_requests_at_deletion", "delete from idempotency_keys where " EPICURA_THEIR_REQUESTS("$1::uuid")};

inline constexpr Statement export_uploads{
    "export_uploads", EPICURA_ROWS_OF
    "id, purpose, content_type, content_length, state, refusal, api_time(created_at) as created_at, "
    "api_time(changed_at) as changed_at from uploads where user_id = $1::uuid order by id" EPICURA_END_ROWS};

// The avatar itself stays, unseen, until the account is restored or erased.
inline constexpr Statement void_uploads_at_deletion{
    "void_uploads_at_deletion",
    "update uploads set state = 'refused', refusal = 'the account was deleted', quarantine_id = null, "
    "changed_at = now() where user_id = $1::uuid and state in ('pending', 'writing', 'stored', "
    "'confirmed')"};

inline constexpr Statement export_shares{
    "export_shares", EPICURA_ROWS_OF
    "device_id, role, api_time(created_at) as created_at from device_shares where user_id = $1::uuid "
    "order by device_id" EPICURA_END_ROWS};

// Those that the user has, and those that the user gave; before the devices are nobody's.
inline constexpr Statement end_shares_at_deletion{"end_shares_at_deletion",
                                                  "delete from device_shares where user_id = $1::uuid "
                                                  "or device_id in (select id from devices where owner_id = $1::uuid)"};

inline constexpr Statement export_devices{"export_devices", EPICURA_ROWS_OF
                                          "id, name, model, firmware_version, api_time(owned_since) as owned_since "
                                          "from devices where owner_id = $1::uuid order by id" EPICURA_END_ROWS};

// The name was the owner's, too.
inline constexpr Statement unclaim_at_deletion{
    "unclaim_at_deletion",
    "update devices set owner_id = null, owned_since = null, name = null where owner_id = $1::uuid"};

inline constexpr Statement export_replayed_letters{
    "export_replayed_letters", EPICURA_ROWS_OF
    "id, api_time(replayed_at) as replayed_at from dead_letters where replayed_by = $1::uuid "
    "order by id" EPICURA_END_ROWS};

inline constexpr Statement export_jobs{
    "export_jobs", EPICURA_ROWS_OF
    "kind, args->>'mail' as mail, state, api_time(created_at) as created_at, api_time(finished_at) as finished_at "
    "from jobs where args->>'user' = $1::uuid::text order by id" EPICURA_END_ROWS};

// The API keys that a user ever made; of those that are long revoked, the log alone knows.
#define EPICURA_KEYS_OF(user) \
  "select l.target_id::uuid from audit_log l where l.actor_id = " user " and l.action = 'api_key.made'"

// What the user did, also by a key, and what was done to the user. Whence, where that was not somebody else.
inline constexpr Statement export_audit{
    "export_audit",
    EPICURA_ROWS_OF
    "api_time(at) as at, actor_kind, action, target_kind, target_id, outcome, detail, "
    "case when actor_id = $1::uuid or actor_kind in ('nobody', 'api_key', 'device') then address end as address "
    "from audit_log where actor_id = $1::uuid or actor_id = any(array(" EPICURA_KEYS_OF("$1::uuid") ")) "
    "or (target_id = $1::uuid::text and target_kind = 'user') order by seq" EPICURA_END_ROWS};

#undef EPICURA_ROWS_OF
#undef EPICURA_END_ROWS

// The id of a user who is to be erased; nobody's, while they could still come back.
#define EPICURA_ERASABLE \
  "(select u.id from users u where u.id = $1::uuid and u.deleted_at is not null and not " EPICURA_IS_RESTORABLE ")"

inline constexpr Statement erase_requests{
    "erase_requests", "delete from idempotency_keys where " EPICURA_THEIR_REQUESTS(EPICURA_ERASABLE)};

// -> 0 avatar_file text?, 1 quarantine_id uuid?: the files of a user who is to be erased, a row each.
inline constexpr Statement list_erasable_files{
    "list_erasable_files",
    "select avatar_file, null::uuid from users where id = " EPICURA_ERASABLE
    " and avatar_file is not null union all select null, quarantine_id from uploads where user_id = " EPICURA_ERASABLE
    " and quarantine_id is not null"};

// Whatever their state: who works on one of them finds its row gone, and is done.
inline constexpr Statement erase_jobs{"erase_jobs",
                                      "delete from jobs where args->>'user' = " EPICURA_ERASABLE "::text"};

inline constexpr Statement erase_audit_addresses{
    "erase_audit_addresses", "select count(audit_forget_addresses(w.id)) from (select " EPICURA_ERASABLE
                             " as id union all " EPICURA_KEYS_OF(EPICURA_ERASABLE) ") w"};

// -> affected(): 1, the user was erased now. As the last of its transaction, since it writes the audit log.
inline constexpr Statement erase_user{"erase_user",
                                      "with u as (delete from users where id = " EPICURA_ERASABLE
                                      " returning id) "
                                      "insert into audit_log (actor_kind, action, target_kind, target_id, outcome) "
                                      "select 'system', 'user.erased', 'user', u.id::text, 'done' from u"};

#undef EPICURA_THEIR_REQUESTS
#undef EPICURA_ERASABLE
#undef EPICURA_KEYS_OF

}  // namespace epicura::pg::queries
