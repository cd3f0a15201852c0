// Sessions of people: carried on by a refresh token, ended by who has it, and who is signed in.

#include "actors/body.hpp"
#include "actors/routes/routes.hpp"
#include "actors/routes/signed_in.hpp"
#include "http/schemas.hpp"
#include "schema/observe/log.hpp"
#include "schema/pg/account_queries.hpp"

namespace epicura::routes {

namespace {

namespace q = pg::queries;

// So long a client that got no answer may show its token again.
constexpr std::int64_t grace_s = 10;

std::string_view outcome_of(const pg::Rows& rows) {
  return rows.size() == 0 ? std::string_view("ended") : rows.text(0, 0);
}

void answer_refreshed(Call& call, const Uuid& family, const std::string& next, const pg::Rows& rows) {
  const auto outcome = outcome_of(rows);
  if (outcome == "rotated" || outcome == "replaced")
    return answer_signed_in(call, 200, {family, next, rows.int8(0, 1), rows.timestamp(0, 2), rows.boolean(0, 3)}, rows,
                            4);
  if (outcome == "reused") {
    // Two have the token, and one of them is not its owner.
    log::warning("auth", "a refresh token was used again: session {} of user {} is ended", family.str(),
                 rows.uuid(0, 4).str());
  }
  call.fail(Errc::session_ended, "this refresh token is not, or no longer, valid");
}

void end_session(Call& call, const Uuid& family) {
  call.query(
      {{&q::end_family, pg::Params().add(family)}},
      [&call](const std::vector<pg::Rows>&) {
        call.answer({204, {}, {}, {}});
      },
      [&services = call.services(), family](const pg::Outcome& outcome) {
        if (outcome.ok()) services.revoke({family});
      });
}

}  // namespace

void refresh(Call& call) {
  const auto& services = call.services();
  const auto shown = services.refresh_tokens.read(call.body().at("refresh_token").get_ref<const std::string&>());
  if (!shown) return call.fail(Errc::session_ended, "this is no refresh token of ours");
  auto next = services.refresh_tokens.issue(shown->family);
  pg::Params params;
  params.add(shown->family)
      .add(std::string_view(shown->hash))
      .add(std::string_view(next.hash))
      .add(services.settings.refresh_idle_ttl_s)
      .add(grace_s)
      .add(std::string_view(call.request().request_id))
      .add(std::string_view(call.request().peer_address));
  call.query(
      {{&q::rotate_refresh_token, std::move(params)}},
      [&call, family = shown->family, text = std::move(next.text)](const std::vector<pg::Rows>& results) {
        answer_refreshed(call, family, text, results[0]);
      },
      [&services, family = shown->family](const pg::Outcome& outcome) {
        if (outcome.ok() && outcome_of(outcome.results[0]) == "reused") services.revoke({family});
      });
}

// By the refresh token, which outlives the access token, where one is given.
void log_out(Call& call) {
  Json body = Json::object();
  if (!call.request().body.empty()) {
    std::vector<http::FieldError> errors;
    body = read_object(call.request().body, errors);
    if (errors.empty()) errors = http::api_schemas().check("LogOut", body);
    if (!errors.empty()) return call.fail(errors);
  }
  if (const auto given = body.find("refresh_token"); given != body.end()) {
    const auto token = call.services().refresh_tokens.read(given->get_ref<const std::string&>());
    if (!token) return call.fail(Errc::session_ended, "this is no refresh token of ours");
    return end_session(call, token->family);
  }
  const auto* person = std::get_if<AccessToken>(&call.principal());
  if (!person || !person->family)
    return call.fail(Errc::unauthorized, "say which session: by its bearer token, or its refresh token in the body");
  end_session(call, *person->family);
}

void log_out_everywhere(Call& call) {
  const auto& person = std::get<AccessToken>(call.principal());
  if (!person.family) return call.fail(Errc::forbidden, "this token is of no session");
  call.query(
      {{&q::end_families_of_user, pg::Params().add(person.subject)}},
      [&call](const std::vector<pg::Rows>&) {
        call.answer({204, {}, {}, {}});
      },
      [&services = call.services()](const pg::Outcome& outcome) {
        if (outcome.ok()) revoke_listed(services, outcome.results[0], 0);
      });
}

void get_me(Call& call) {
  call.query({{&q::get_user, pg::Params().add(user_of(call.principal()))}},
             [&call](const std::vector<pg::Rows>& results) {
               if (results[0].size() == 0) return call.fail(Errc::forbidden, "there is no account of this token");
               call.answer({200, "application/json", user_json(call.services().media, results[0]), {}});
             });
}

}  // namespace epicura::routes
