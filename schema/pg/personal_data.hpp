#pragma once
// What is kept of a person, table by table: how it is given out, what becomes of it when the account is deleted, and
// what when it is erased. Who makes a table, or a column that names a user, says it here: a test compares this list
// with the database.

#include <array>
#include <string_view>

#include "schema/pg/personal_data_queries.hpp"

namespace epicura::pg {

enum class AtErasure {
  nobody_here,     // the table holds nothing of a person
  delete_rows,     // by a statement
  goes_with_user,  // by its foreign key: on delete cascade
  unlink,          // the row stays, and is nobody's: on delete set null
  keep_pseudonym,  // the row stays, with the id of nobody
};

struct PersonalData {
  std::string_view table;
  AtErasure at_erasure = AtErasure::nobody_here;
  std::string_view name = {};  // in the export
  // Each has one parameter, the user's uuid.
  const Statement* export_rows = nullptr;  // -> 0 text: a JSON array of the rows, without hashes and secrets
  const Statement* at_deletion = nullptr;  // -> 0 id uuid, if any: of sessions, which end on all nodes
  const Statement* erase = nullptr;        // -> anything. Does nothing unless the user's time to come back is over.
};

// In the order in which their rows are let go, at deletion and at erasure.
inline constexpr std::array personal_data{
    PersonalData{"token_families", AtErasure::goes_with_user, "sessions", &queries::export_families,
                 &queries::end_families_at_deletion, nullptr},
    PersonalData{"mail_links", AtErasure::goes_with_user, "mail_links", &queries::export_mail_links,
                 &queries::void_links_at_deletion, nullptr},
    PersonalData{"pending_sign_ins", AtErasure::goes_with_user, "pending_sign_ins", &queries::export_pending_sign_ins,
                 &queries::drop_pending_at_deletion, nullptr},
    PersonalData{"idempotency_keys", AtErasure::delete_rows, "repeatable_requests", &queries::export_idempotency_keys,
                 &queries::forget_requests_at_deletion, &queries::erase_requests},
    PersonalData{"api_keys", AtErasure::goes_with_user, "api_keys", &queries::export_api_keys,
                 &queries::revoke_keys_at_deletion, nullptr},
    // Their files, and the avatar, go behind the rows (jobs/erase_users.cpp).
    PersonalData{"uploads", AtErasure::goes_with_user, "uploads", &queries::export_uploads,
                 &queries::void_uploads_at_deletion, nullptr},
    PersonalData{"jobs", AtErasure::delete_rows, "jobs", &queries::export_jobs, nullptr, &queries::erase_jobs},
    PersonalData{"audit_log", AtErasure::keep_pseudonym, "audit_log", &queries::export_audit, nullptr,
                 &queries::erase_audit_addresses},
    PersonalData{"device_shares", AtErasure::goes_with_user, "shared_devices", &queries::export_shares,
                 &queries::end_shares_at_deletion, nullptr},
    PersonalData{"devices", AtErasure::unlink, "devices", &queries::export_devices, &queries::unclaim_at_deletion,
                 nullptr},
    // Of admins alone: what they have sent off again.
    PersonalData{"dead_letters", AtErasure::unlink, "replayed_dead_letters", &queries::export_replayed_letters, nullptr,
                 nullptr},
    PersonalData{"device_telemetry"},
    PersonalData{"schema_migrations"},
    // The last, since the others ask it whether they may.
    PersonalData{"users", AtErasure::delete_rows, "account", &queries::export_account, nullptr, &queries::erase_user},
};

}  // namespace epicura::pg
