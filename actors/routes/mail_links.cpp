// What is done by the link of a mail, and how such a mail is asked for.

#include "actors/authorize.hpp"
#include "actors/body.hpp"
#include "actors/routes/new_password.hpp"
#include "actors/routes/routes.hpp"
#include "actors/routes/signed_in.hpp"
#include "http/schemas.hpp"
#include "schema/pg/account_link_queries.hpp"

namespace epicura::routes {

namespace {

namespace q = pg::queries;

constexpr std::int64_t hour_s = 3600;
constexpr std::int64_t verification_ttl_s = 48 * hour_s;
constexpr std::int64_t reset_ttl_s = hour_s;
constexpr std::int64_t undo_ttl_s = 72 * hour_s;

void no_content(Call& call) {
  call.answer({204, {}, {}, {}});
}

void refuse_link(Call& call) {
  call.fail(Errc::link_not_valid, "this link was used, is too old, or is none of ours; ask for another mail");
}

// A statement by a link: no row, and it was not good. What it ended is ended everywhere, and its mail is sent, whether
// or not anybody waits for the answer.
void follow(Call& call, const pg::Statement& statement, const Uuid& link, pg::Params params, bool ends_sessions) {
  params.add(std::string_view(call.request().request_id)).add(std::string_view(call.request().peer_address));
  call.try_query(
      {{&q::lock_user_of_link, pg::Params().add(link)}, {&statement, std::move(params)}},
      [&call](const pg::Outcome& outcome) {
        if (pg::is_duplicate(outcome))
          return call.fail(Errc::email_taken, "there is another account of this address by now");
        if (!outcome.ok()) return call.fail(Errc::dependency_away, "the database does not answer in time; try again");
        if (outcome.results[1].size() == 0) return refuse_link(call);
        no_content(call);
      },
      [&services = call.services(), ends_sessions](const pg::Outcome& outcome) {
        if (!outcome.ok() || outcome.results[1].size() == 0) return;
        if (ends_sessions) revoke_listed(services, outcome.results[1], 1);
        services.job_made();
      });
}

void mail_verification_again(Call& call) {
  const auto* person = std::get_if<AccessToken>(&call.principal());
  if (!person) return call.fail(Errc::unauthorized, "send the token of the link, or sign in for another mail");
  require_session(call, [&call, user = person->subject] {
    call.query({{&q::send_verification, pg::params_of(Uuid::v7(), user, Uuid::v7(), verification_ttl_s)}},
               [&call](const std::vector<pg::Rows>&) {
                 call.services().job_made();
                 call.answer({202, {}, {}, {}});
               });
  });
}

}  // namespace

// Answered alike, and after the same time, whether or not there is such an account.
void forgot_password(Call& call) {
  const auto& email = call.body().at("email").get_ref<const std::string&>();
  call.query({{&q::send_password_reset, pg::params_of(Uuid::v7(), std::string_view(email), Uuid::v7(), reset_ttl_s)}},
             [&call](const std::vector<pg::Rows>&) {
               call.services().job_made();
               call.answer_at(next_step(call), {202, {}, {}, {}});
             });
}

void reset_password(Call& call) {
  const auto& password = call.body().at("password").get_ref<const std::string&>();
  if (auto fault = fault_of_password("/password", password)) return call.fail({std::move(*fault)});
  const auto link = call.services().mail_links.read(MailLinkPurpose::reset_password,
                                                    call.body().at("token").get_ref<const std::string&>());
  if (!link) return refuse_link(call);
  call.hash({password, {}}, [&call, link](const PasswordAnswer& answer) {
    follow(call, q::reset_password, *link, pg::params_of(*link, std::string_view(answer.new_hash), Uuid::v7()), true);
  });
}

void verify_email(Call& call) {
  Json body = Json::object();
  if (!call.request().body.empty()) {
    std::vector<http::FieldError> errors;
    body = read_object(call.request().body, errors);
    if (errors.empty()) errors = http::api_schemas().check("EmailVerification", body);
    if (!errors.empty()) return call.fail(errors);
  }
  const auto given = body.find("token");
  if (given == body.end()) return mail_verification_again(call);
  const auto& links = call.services().mail_links;
  const auto& token = given->get_ref<const std::string&>();
  if (const auto link = links.read(MailLinkPurpose::verify_email, token))
    return follow(call, q::verify_email, *link, pg::Params().add(*link), false);
  if (const auto link = links.read(MailLinkPurpose::change_email, token))
    return follow(call, q::change_email, *link, pg::params_of(*link, Uuid::v7(), Uuid::v7(), undo_ttl_s), false);
  if (const auto link = links.read(MailLinkPurpose::undo_email_change, token))
    return follow(call, q::undo_email_change, *link, pg::params_of(*link, Uuid::v7(), Uuid::v7(), reset_ttl_s), true);
  refuse_link(call);
}

}  // namespace epicura::routes
