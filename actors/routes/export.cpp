// Everything that is kept about the person who asks, as one file.

#include "actors/routes/routes.hpp"
#include "actors/routes/signed_in.hpp"
#include "schema/json_text.hpp"
#include "schema/pg/account_queries.hpp"
#include "schema/pg/audit_queries.hpp"
#include "schema/pg/personal_data.hpp"

namespace epicura::routes {

// By the client that scans: what somebody has gathered in years holds up nobody else.
void export_user(Call& call) {
  const auto& user = std::get<AccessToken>(call.principal()).subject;
  Call::Unit unit;
  for (const auto& data : pg::personal_data) {
    if (data.export_rows) unit.emplace_back(data.export_rows, pg::Params().add(user));
  }
  unit.emplace_back(&pg::queries::get_user, pg::Params().add(user));
  unit.emplace_back(&pg::queries::append_audit, audit_params_of(call, "user.exported"));
  call.query_history(std::move(unit), [&call, user](const std::vector<pg::Rows>& results) {
    std::size_t size = 256;
    const auto tables = results.size() - 2;  // the last two are no tables
    for (std::size_t i = 0; i < tables; ++i) size += results[i].text(0, 0).size() + 32;
    JsonText kept(size);
    std::size_t at = 0;
    for (const auto& data : pg::personal_data) {
      if (data.export_rows) kept.raw(data.name, results[at++].text(0, 0));
    }
    const auto now = format_rfc3339(call.services().clock());
    JsonText file(size + 256);
    const auto& row = results[at];
    const auto avatar = row.size() > 0 ? row.text_or_null(0, 9) : std::nullopt;
    file.add("user_id", user.str())
        .add("exported_at", now)
        .add_or_null("avatar_url", avatar ? std::optional(call.services().media.url_of(*avatar)) : std::nullopt)
        .raw("kept", std::move(kept).take());
    constexpr std::size_t day = 10;  // characters of a date
    call.answer({200,
                 "application/json",
                 std::move(file).take(),
                 {{"Content-Disposition", "attachment; filename=\"epicura-" + now.substr(0, day) + ".json\""}}});
  });
}

}  // namespace epicura::routes
