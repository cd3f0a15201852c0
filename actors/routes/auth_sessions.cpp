// Where a person is signed in: the list, and the end of what is on it.

#include "actors/authorize.hpp"
#include "actors/routes/routes.hpp"
#include "actors/routes/signed_in.hpp"
#include "schema/pg/account_queries.hpp"

namespace epicura::routes {

namespace {

namespace q = pg::queries;

}  // namespace

void list_auth_sessions(Call& call) {
  call.query({{&q::list_families, pg::Params().add(person_of(call).subject)}},
             [&call](const std::vector<pg::Rows>& results) {
               const auto& rows = results[0];
               Json items = Json::array();
               for (int row = 0; row < rows.size(); ++row) {
                 items.push_back({{"id", rows.uuid(row, 0).str()},
                                  {"created_at", format_rfc3339(rows.timestamp(row, 1))},
                                  {"last_used_at", format_rfc3339(rows.timestamp(row, 2))},
                                  {"address", rows.text(row, 3)},
                                  {"user_agent", rows.text(row, 4)},
                                  {"second_factor", rows.boolean(row, 5)},
                                  {"current", rows.uuid(row, 0) == person_of(call).family}});
               }
               const Json page{{"items", std::move(items)}, {"next_cursor", nullptr}, {"total", rows.size()}};
               call.answer({200, "application/json", dump_json(page), {}});
             });
}

void end_other_auth_sessions(Call& call) {
  const auto& person = person_of(call);
  if (!person.family) return call.fail(Errc::forbidden, "this token is of no session");
  call.query(
      {{&q::end_other_families, pg::params_of(person.subject, *person.family)}},
      [&call](const std::vector<pg::Rows>&) {
        call.answer({204, {}, {}, {}});
      },
      [&services = call.services()](const pg::Outcome& outcome) {
        if (outcome.ok()) revoke_listed(services, outcome.results[0], 0);
      });
}

void end_auth_session(Call& call) {
  static constexpr std::string_view absent = "you have no such session";
  const auto id = path_id(call, absent);
  if (!id) return;
  call.query(
      {{&q::end_family_of_user, pg::params_of(person_of(call).subject, *id)}},
      [&call](const std::vector<pg::Rows>& results) {
        if (results[0].size() == 0) return call.fail(Errc::not_found, std::string(absent));
        call.answer({204, {}, {}, {}});
      },
      [&services = call.services()](const pg::Outcome& outcome) {
        if (outcome.ok()) revoke_listed(services, outcome.results[0], 0);
      });
}

}  // namespace epicura::routes
