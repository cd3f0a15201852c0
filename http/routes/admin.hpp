#pragma once
// What admins look through, and what they do to others' accounts, to jobs and to dead letters.

#include "http/route.hpp"

namespace epicura::http {

inline constexpr std::array<std::string_view, 2> user_roles{"user", "admin"};
inline constexpr std::array<std::string_view, 4> user_statuses{"active", "disabled", "unverified", "deleted"};
inline constexpr std::array<std::string_view, 5> job_states{"waiting", "queued", "running", "done", "failed"};
inline constexpr std::array<std::string_view, 6> letter_sources{"mqtt", "telemetry", "device",
                                                                "http", "command",   "job"};

inline constexpr Parameter items_a_page{.name = "limit",
                                        .kind = Parameter::Kind::integer,
                                        .description = "items a page",
                                        .example = "50",
                                        .least = 1,
                                        .most = 100,
                                        .fallback = "20"};
inline constexpr Parameter page_before{.name = "cursor", .description = "next_cursor of the page before"};
inline constexpr Parameter not_before{.name = "from",
                                      .kind = Parameter::Kind::date_time,
                                      .description = "not before this time",
                                      .example = "2026-11-20T21:00:00Z"};
inline constexpr Parameter before{.name = "to",
                                  .kind = Parameter::Kind::date_time,
                                  .description = "before this time",
                                  .example = "2026-11-20T22:00:00Z"};

inline constexpr std::array users_query{
    Parameter{.name = "q", .description = "part of the e-mail address or the name, in any case", .example = "ada"},
    Parameter{.name = "role",
              .kind = Parameter::Kind::choice,
              .description = "only of this role",
              .example = "admin",
              .choices = user_roles},
    Parameter{
        .name = "status",
        .kind = Parameter::Kind::choice,
        .description = "only those: deleted, by themselves; of the others disabled, unverified, or active: neither",
        .example = "active",
        .choices = user_statuses},
    items_a_page,
    page_before,
    Parameter{.name = "offset",
              .kind = Parameter::Kind::integer,
              .description = "instead of a cursor: so many users are passed over",
              .example = "40",
              .least = 0,
              .most = 1'000'000,
              .fallback = "0"},
};
inline constexpr std::array audit_query{
    Parameter{.name = "actor_id",
              .kind = Parameter::Kind::uuid,
              .description = "only what this one did",
              .example = "0198c0de-0000-7000-8000-0000000000aa"},
    Parameter{.name = "action",
              .description = "only this action, or those that begin so: auth. for all around signing in",
              .example = "auth.login"},
    Parameter{.name = "target_kind", .description = "only what was done to such", .example = "user"},
    Parameter{.name = "target_id",
              .description = "only what was done to this one; together with target_kind",
              .example = "0198c0de-0000-7000-8000-0000000000aa"},
    not_before,
    before,
    items_a_page,
    page_before,
};
inline constexpr std::array jobs_query{
    Parameter{.name = "kind", .description = "only of this kind", .example = "mail"},
    Parameter{.name = "state",
              .kind = Parameter::Kind::choice,
              .description = "only in this state",
              .example = "failed",
              .choices = job_states},
    items_a_page,
    page_before,
};
inline constexpr std::array letters_query{
    Parameter{.name = "source",
              .kind = Parameter::Kind::choice,
              .description = "only from there",
              .example = "telemetry",
              .choices = letter_sources},
    Parameter{.name = "code", .description = "only for this reason", .example = "bad_time"},
    Parameter{.name = "device_id",
              .kind = Parameter::Kind::uuid,
              .description = "only of this device",
              .example = "0198c0de-0000-7000-8000-00000000abcd"},
    not_before,
    before,
    items_a_page,
    page_before,
};

inline constexpr std::array user_in_path{
    Parameter{.name = "id",
              .kind = Parameter::Kind::uuid,
              .description = "the user's id, in any case",
              .example = "0198c0de-0000-7000-8000-0000000000aa"},
};
inline constexpr std::array job_in_path{
    Parameter{.name = "id",
              .kind = Parameter::Kind::uuid,
              .description = "the job's id, in any case",
              .example = "0198c0de-0000-7000-8000-0000000000b1"},
};
inline constexpr std::array letter_in_path{
    Parameter{.name = "id",
              .kind = Parameter::Kind::uuid,
              .description = "the dead letter's id, in any case",
              .example = "0198c0de-0000-7000-8000-0000000000d1"},
};

inline constexpr std::array user_change_problems{Errc::not_found, Errc::reauthentication_required, Errc::own_account};
inline constexpr std::array no_user{Errc::not_found};
inline constexpr std::array retry_problems{Errc::not_found, Errc::job_not_failed};
inline constexpr std::array replay_problems{Errc::not_found, Errc::not_replayable, Errc::job_not_failed,
                                            Errc::storage_full};

inline constexpr std::array admin_routes{
    Route{.method = Method::get,
          .path = "/admin/users",
          .operation = Operation::list_users,
          .name = "listUsers",
          .access = Access::admin,
          .counts = Counts::user,
          .query = users_query,
          .success = {{{200, "A page of users.", "AdminUsers"}}},
          .tag = "admin",
          .summary = "Users, the newest first",
          .who = "admin"},
    Route{
        .method = Method::patch,
        .path = "/admin/users/{id}",
        .operation = Operation::administer_user,
        .name = "administerUser",
        .access = Access::admin,
        .counts = Counts::user,
        .fresh = true,
        .in_path = user_in_path,
        .body = "AdminUserChange",
        .success = {{{200, "The user as they are now.", "AdminUser"}}},
        .problems = user_change_problems,
        .tag = "admin",
        .summary = "Change a user's role or name, disable or enable them; a new role and disabling end their sessions",
        .who = "admin, lately authenticated"},
    Route{.method = Method::post,
          .path = "/admin/users/{id}/sessions/revoke",
          .operation = Operation::end_user_sessions,
          .name = "endUserSessions",
          .access = Access::admin,
          .counts = Counts::user,
          .idempotency = Idempotency::answer_kept,
          .in_path = user_in_path,
          .success = {{{204, "All sessions of the user have ended, on every node.", {}, {}}}},
          .problems = no_user,
          .tag = "admin",
          .summary = "Sign a user out everywhere",
          .who = "admin"},
    Route{.method = Method::get,
          .path = "/admin/audit-log",
          .operation = Operation::list_audit_log,
          .name = "listAuditLog",
          .access = Access::admin,
          .counts = Counts::user,
          .query = audit_query,
          .success = {{{200,
                        "A page of entries. As text/csv, if that is accepted: 1,000 rows a page where no limit is "
                        "given; the field Link names the next one.",
                        "AuditLog", "application/json"}}},
          .tag = "admin",
          .summary = "The audit log, the newest entries first; as CSV by Accept: text/csv",
          .who = "admin"},
    Route{.method = Method::get,
          .path = "/admin/jobs",
          .operation = Operation::list_jobs,
          .name = "listJobs",
          .access = Access::admin,
          .counts = Counts::user,
          .query = jobs_query,
          .success = {{{200, "A page of jobs.", "Jobs"}}},
          .tag = "admin",
          .summary = "Jobs, the newest first",
          .who = "admin"},
    Route{.method = Method::post,
          .path = "/admin/jobs/{id}/retry",
          .operation = Operation::retry_job,
          .name = "retryJob",
          .access = Access::admin,
          .counts = Counts::user,
          .idempotency = Idempotency::answer_kept,
          .in_path = job_in_path,
          .success = {{{202, "The job is tried again at once, as if for the first time.", "Job"}}},
          .problems = retry_problems,
          .tag = "admin",
          .summary = "Try a job again that has failed, or that waits for its next attempt",
          .who = "admin"},
    Route{.method = Method::get,
          .path = "/admin/dead-letters",
          .operation = Operation::list_dead_letters,
          .name = "listDeadLetters",
          .access = Access::admin,
          .counts = Counts::user,
          .query = letters_query,
          .success = {{{200, "A page of dead letters.", "DeadLetters"}}},
          .tag = "admin",
          .summary = "What could not be kept, with its reason, the newest first",
          .who = "admin"},
    Route{.method = Method::post,
          .path = "/admin/dead-letters/{id}/replay",
          .operation = Operation::replay_dead_letter,
          .name = "replayDeadLetter",
          .access = Access::admin,
          .counts = Counts::user,
          .idempotency = Idempotency::answer_kept,
          .in_path = letter_in_path,
          .success = {{{202, "It is on its way again.", "Replay"}}},
          .problems = replay_problems,
          .tag = "admin",
          .summary = "Send a dead letter off again; that of a job tries the job again",
          .who = "admin"},
};

}  // namespace epicura::http
