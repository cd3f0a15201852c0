#pragma once
// What the audit log is told: who did what to what, from where, and what came of it. The database numbers, dates and
// chains it (schema/migrations/0007_audit_log.sql).

#include <optional>
#include <string>
#include <string_view>

#include "schema/uuid.hpp"

namespace epicura {

enum class AuditActor {
  nobody,  // not signed in
  user,
  admin,
  device,
  api_key,
  system,     // the program by itself
  operator_,  // by hand, with the program's subcommands
};

enum class AuditOutcome { done, denied, failed };

// As the table has them.
std::string_view to_text(AuditActor actor);
std::string_view to_text(AuditOutcome outcome);

// An entry outlives the people in it: no names, no e-mail addresses, neither as ids nor in the detail. `address` alone
// is personal, and can be forgotten.
struct AuditEntry {
  AuditActor actor = AuditActor::nobody;
  std::optional<Uuid> actor_id;
  std::string action;  // what it was done to, a dot, what was done: auth.login, user.password_changed
  std::optional<std::string> target_kind;
  std::optional<std::string> target_id;
  std::optional<std::string> request_id;
  std::optional<std::string> address;
  AuditOutcome outcome = AuditOutcome::done;
  std::string detail = "{}";  // a JSON object
};

}  // namespace epicura
