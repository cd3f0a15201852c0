// What people say of themselves: read, and changed by them.

#include "actors/body.hpp"
#include "actors/routes/routes.hpp"
#include "actors/routes/signed_in.hpp"
#include "http/etag.hpp"
#include "http/schemas.hpp"
#include "schema/language_tag.hpp"
#include "schema/pg/account_queries.hpp"
#include "schema/pg/profile_queries.hpp"

namespace epicura::routes {

namespace {

namespace q = pg::queries;

Uuid asker(const Call& call) {
  return user_of(call.principal()).value();
}

void refuse_absent(Call& call) {
  call.fail(Errc::forbidden, "there is no account of this token");
}

void refuse_changed(Call& call) {
  call.fail(Errc::precondition_failed, "the account is not as If-Match says; read it again");
}

void answer_user(Call& call, const pg::Rows& rows) {
  auto text = user_json(call.services().media, rows);
  const auto etag = http::etag_of(text);
  http::Pairs headers{{"ETag", etag}, {"Cache-Control", "private, no-cache"}, {"Vary", "Authorization"}};
  if (http::none_match_has(call.request().if_none_match, etag) && call.request().method == http::Method::get)
    return call.answer({304, {}, {}, std::move(headers)});
  call.answer({200, "application/json", std::move(text), std::move(headers)});
}

void normalize(Json& body) {
  http::api_schemas().normalize("UserChange", body);
  const auto preferences = body.find("preferences");
  if (preferences == body.end() || !preferences->is_object()) return;
  const auto language = preferences->find("language");
  if (language == preferences->end() || !language->is_string()) return;
  if (auto tag = parse_language_tag(language->get_ref<const std::string&>())) *language = std::move(*tag);
}

// `state`: only if the row is still in it.
void change(Call& call, const std::optional<std::string>& state) {
  const auto& body = call.body();
  const auto json_of = [&body](const char* key) {
    return body.contains(key) ? std::optional(dump_json(body.at(key))) : std::nullopt;
  };
  pg::Params params;
  params.add(asker(call));
  if (const auto name = body.find("name"); name != body.end()) {
    params.add(std::string_view(name->get_ref<const std::string&>()));
  } else {
    params.null();
  }
  for (const char* key : {"dietary_preferences", "allergies"})
    params.add(std::optional<std::string_view>(json_of(key)));
  params.add(std::string_view(json_of("preferences").value_or("{}"))).add(std::optional<std::string_view>(state));
  call.query(
      {{&q::change_profile, std::move(params)}},
      [&call, is_bound = state.has_value()](const std::vector<pg::Rows>& results) {
        if (results[0].size() > 0) return answer_user(call, results[0]);
        is_bound ? refuse_changed(call) : refuse_absent(call);
      },
      [audit = audit_of_admin(call, "user.profile_changed")](const pg::Outcome& outcome) {
        if (outcome.ok() && outcome.results[0].size() > 0) audit();
      });
}

}  // namespace

void get_user(Call& call) {
  call.query({{&q::get_user, pg::Params().add(asker(call))}}, [&call](const std::vector<pg::Rows>& results) {
    if (results[0].size() == 0) return refuse_absent(call);
    answer_user(call, results[0]);
  });
}

void change_user(Call& call) {
  std::vector<http::FieldError> errors;
  auto body = read_object(call.request().body, errors);
  if (errors.empty()) {
    normalize(body);
    errors = http::api_schemas().check("UserChange", body);
  }
  if (!errors.empty()) return call.fail(errors);
  call.set_body(std::move(body));
  if (call.request().if_match.empty()) return change(call, std::nullopt);
  call.query({{&q::get_user_state, pg::Params().add(asker(call))}}, [&call](const std::vector<pg::Rows>& results) {
    const auto& rows = results[0];
    if (rows.size() == 0) return refuse_absent(call);
    if (!http::match_has(call.request().if_match, http::etag_of(user_json(call.services().media, rows))))
      return refuse_changed(call);
    change(call, std::string(rows.text(0, 10)));
  });
}

// There are no cook sessions yet, so nobody has cooked anything, and no page has had a cursor for the next.
void list_cook_sessions(Call& call) {
  if (call.request().query_value("cursor"))
    return call.fail({{"/query/cursor", "bad_cursor", "this is no cursor of ours; take next_cursor of a page"}});
  call.answer({200, "application/json", R"({"items":[],"next_cursor":null,"total":0})", {}});
}

}  // namespace epicura::routes
