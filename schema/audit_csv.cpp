#include "schema/audit_csv.hpp"

#include "schema/csv.hpp"
#include "schema/hexadecimal.hpp"

namespace epicura {

void append_audit_csv_header(std::string& out) {
  append_csv_row(out, {"seq", "at", "actor_kind", "actor_id", "action", "target_kind", "target_id", "request_id",
                       "address", "outcome", "detail", "prev_hash", "hash"});
}

void append_audit_csv(std::string& out, const AuditRow& row) {
  const std::string_view none;
  append_csv_row(out, {std::to_string(row.seq), format_rfc3339(std::chrono::floor<Millis>(row.at)), row.actor_kind,
                       row.actor_id ? row.actor_id->str() : std::string(), row.action, row.target_kind.value_or(none),
                       row.target_id.value_or(none), row.request_id.value_or(none), row.address.value_or(none),
                       row.outcome, row.detail, hexadecimal(row.prev_hash), hexadecimal(row.hash)});
}

}  // namespace epicura
