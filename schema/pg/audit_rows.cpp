#include "schema/pg/audit_rows.hpp"

namespace epicura::pg {

namespace {

std::optional<std::string_view> view(const std::optional<std::string>& text) {
  return text ? std::optional<std::string_view>(*text) : std::nullopt;
}

}  // namespace

Params audit_params(const AuditEntry& entry) {
  return params_of(to_text(entry.actor), entry.actor_id, std::string_view(entry.action), view(entry.target_kind),
                   view(entry.target_id), view(entry.request_id), view(entry.address), to_text(entry.outcome),
                   std::string_view(entry.detail));
}

AuditRow audit_row(const Rows& rows, int row) {
  return {.seq = rows.int8(row, 0),
          .at = rows.stored_time(row, 1),
          .actor_kind = rows.text(row, 2),
          .actor_id = rows.uuid_or_null(row, 3),
          .action = rows.text(row, 4),
          .target_kind = rows.text_or_null(row, 5),
          .target_id = rows.text_or_null(row, 6),
          .request_id = rows.text_or_null(row, 7),
          .address = rows.text_or_null(row, 8),
          .outcome = rows.text(row, 9),
          .detail = rows.text(row, 10),
          .prev_hash = rows.text(row, 11),
          .hash = rows.text(row, 12)};
}

}  // namespace epicura::pg
