// A person's API keys: made, listed and revoked.

#include <fmt/format.h>

#include "actors/authorize.hpp"
#include "actors/routes/routes.hpp"
#include "actors/routes/signed_in.hpp"
#include "schema/pg/api_key_queries.hpp"

namespace epicura::routes {

namespace {

namespace q = pg::queries;

constexpr std::int64_t most_keys = 20;
constexpr std::int64_t usual_days = 90;

Json key_json(const Uuid& id, std::string_view name, const Scopes& scopes, Timestamp created_at, Timestamp expires_at,
              const std::optional<Timestamp>& last_used_at) {
  return {{"id", id.str()},
          {"name", name},
          {"scopes", scopes.names()},
          {"created_at", format_rfc3339(created_at)},
          {"expires_at", format_rfc3339(expires_at)},
          {"last_used_at", last_used_at ? Json(format_rfc3339(*last_used_at)) : Json(nullptr)}};
}

}  // namespace

void list_api_keys(Call& call) {
  call.query(
      {{&q::list_api_keys, pg::Params().add(person_of(call).subject)}}, [&call](const std::vector<pg::Rows>& results) {
        const auto& rows = results[0];
        Json items = Json::array();
        for (int row = 0; row < rows.size(); ++row)
          items.push_back(key_json(rows.uuid(row, 0), rows.text(row, 1), Scopes::read(rows.text(row, 2)),
                                   rows.timestamp(row, 3), rows.timestamp(row, 4), rows.timestamp_or_null(row, 5)));
        const Json page{{"items", std::move(items)}, {"next_cursor", nullptr}, {"total", rows.size()}};
        call.answer({200, "application/json", dump_json(page), {}});
      });
}

void create_api_key(Call& call) {
  const auto& body = call.body();
  Scopes scopes;
  for (const auto& wanted : body.at("scopes")) scopes.add(parse_scope(wanted.get_ref<const std::string&>()).value());
  const auto id = Uuid::v7();
  auto issued = call.services().api_keys.issue(id);
  const auto& user = person_of(call).subject;
  pg::Params params = pg::params_of(id, user, std::string_view(body.at("name").get_ref<const std::string&>()),
                                    std::string_view(issued.hash));
  params.add_each(scopes.names(), std::identity{})
      .add(body.value("expires_in_days", usual_days))
      .add(most_keys)
      .add(std::string_view(call.request().request_id))
      .add(std::string_view(call.request().peer_address));
  call.query_once({{&q::queue_for_api_keys, pg::Params().add(user)}, {&q::create_api_key, std::move(params)}},
                  [&call, id, scopes, key = std::move(issued.text)](const std::vector<pg::Rows>& results) {
                    const auto& made = results[1];
                    if (made.size() == 0)
                      return call.fail(Errc::too_many_keys,
                                       fmt::format("you have {} keys; revoke one first", most_keys));
                    auto shown = key_json(id, call.body().at("name").get_ref<const std::string&>(), scopes,
                                          made.timestamp(0, 0), made.timestamp(0, 1), std::nullopt);
                    shown["key"] = key;
                    call.answer({201, "application/json", dump_json(shown), {}});
                  });
}

void revoke_api_key(Call& call) {
  static constexpr std::string_view absent = "you have no such API key";
  const auto id = path_id(call, absent);
  if (!id) return;
  call.query(
      {{&q::revoke_api_key, pg::params_of(*id, person_of(call).subject, std::string_view(call.request().request_id),
                                          std::string_view(call.request().peer_address))}},
      [&call](const std::vector<pg::Rows>& results) {
        if (results[0].size() == 0) return call.fail(Errc::not_found, std::string(absent));
        call.answer({204, {}, {}, {}});
      });
}

}  // namespace epicura::routes
