// What a person signs in with, changed by the person: the password, the address. And the proof that this asks for.

#include "actors/routes/new_password.hpp"
#include "actors/routes/pace.hpp"
#include "actors/routes/routes.hpp"
#include "actors/routes/second_factor.hpp"
#include "actors/routes/signed_in.hpp"
#include "schema/json_text.hpp"
#include "schema/password.hpp"
#include "schema/pg/account_link_queries.hpp"
#include "schema/pg/account_queries.hpp"
#include "schema/pg/second_factor_queries.hpp"

namespace epicura::routes {

namespace {

namespace q = pg::queries;

constexpr std::int64_t email_change_ttl_s = 24 * 3600;

// The proof is written down in the session, and in a new access token of it. `step`: of the code that was shown.
void renew_access(Call& call, std::optional<std::int64_t> step) {
  const auto& person = person_of(call);
  call.query({{&q::authenticate_family, pg::params_of(person.subject, *person.family, step)}}, [&call,
                                                                                                step](const std::vector<
                                                                                                      pg::Rows>&
                                                                                                          results) {
    const auto& rows = results[0];
    if (rows.size() == 0 && step) return call.fail(Errc::wrong_code, "this code was used; wait for the next");
    if (rows.size() == 0) return call.fail(Errc::unauthorized, "this session has ended; sign in again");
    const Session session{*person_of(call).family, {}, rows.int8(0, 0), call.services().clock(), rows.boolean(0, 1)};
    const auto valid_s = access_ttl_s(call, session);
    JsonText body(1024);
    body.add("access_token", sign_access(call, session, valid_s, rows, 2))
        .add("expires_in", valid_s)
        .add("token_type", "Bearer");
    call.answer({200, "application/json", std::move(body).take(), {}});
  });
}

// An app's code; not a recovery code, which is for who cannot sign in otherwise.
void prove_code(Call& call) {
  const auto given = call.body().find("code");
  if (given == call.body().end()) return call.fail(Errc::mfa_required, "send the code of the app beside the password");
  call.query({{&q::try_second_factor, pg::Params().add(person_of(call).subject)}},
             [&call, typed = given->get<std::string>()](const std::vector<pg::Rows>& results) {
               const auto& rows = results[0];
               if (rows.size() == 0 || rows.is_null(0, 1))
                 return call.fail(Errc::unauthorized, "the account is being changed; try again");
               if (rows.int8(0, 3) > most_tries_an_hour) return refuse_tries(call);
               const auto step = step_of(call, person_of(call).subject, rows.text(0, 1), rows.int8(0, 2), typed);
               if (!step) {
                 call.audit("auth.reauth", AuditOutcome::failed, person_of(call).subject);
                 return call.fail(Errc::wrong_code, "this is not the code that the app shows now");
               }
               renew_access(call, step);
             });
}

}  // namespace

void reauthenticate(Call& call) {
  const auto& person = person_of(call);
  if (!person.family) return call.fail(Errc::forbidden, "this token is of no session");
  call.query({{&q::get_password, pg::Params().add(person.subject)}}, [&call](const std::vector<pg::Rows>& results) {
    const auto& rows = results[0];
    if (rows.size() == 0) return call.fail(Errc::forbidden, "there is no account of this token");
    const bool known = !rows.is_null(0, 0);
    const bool with_code = rows.boolean(0, 1);
    const auto stored = known ? std::string(rows.text(0, 0)) : decoy_hash();
    const auto attempt = attempt_of(call, rows.text(0, 2));
    // Who holds a token guesses no faster than who has none.
    pace_log_in(call, attempt, person_of(call).subject, [&call, known, with_code, stored, attempt] {
      const auto& password = call.body().at("password").get_ref<const std::string&>();
      call.hash({password, stored}, [&call, known, with_code, attempt](const PasswordAnswer& answer) {
        if (!answer.right || !known) {
          note_failed_log_in(call, attempt);
          call.audit("auth.reauth", AuditOutcome::failed, person_of(call).subject);
          return call.fail_at(next_step(call), Errc::wrong_credentials, "this is not the password");
        }
        call.services().quotas.guessing.succeeded(attempt);
        with_code ? prove_code(call) : renew_access(call, std::nullopt);
      });
    });
  });
}

void change_password(Call& call) {
  const auto& password = call.body().at("password").get_ref<const std::string&>();
  if (auto fault = fault_of_password("/password", password)) return call.fail({std::move(*fault)});
  call.hash({password, {}}, [&call](const PasswordAnswer& answer) {
    const auto& person = person_of(call);
    call.query(
        {{&q::lock_user, pg::Params().add(person.subject)},
         {&q::change_password,
          pg::params_of(person.subject, std::string_view(answer.new_hash), Uuid::v7(), *person.family,
                        std::string_view(call.request().request_id), std::string_view(call.request().peer_address))}},
        [&call](const std::vector<pg::Rows>& results) {
          if (results[1].size() == 0) return call.fail(Errc::forbidden, "there is no account of this token");
          call.answer({204, {}, {}, {}});
        },
        [&services = call.services()](const pg::Outcome& outcome) {
          if (!outcome.ok()) return;
          revoke_listed(services, outcome.results[1], 1);
          services.job_made();
        });
  });
}

void change_email(Call& call) {
  const auto& email = call.body().at("email").get_ref<const std::string&>();
  call.query({{&q::send_email_change, pg::params_of(Uuid::v7(), person_of(call).subject, Uuid::v7(), email_change_ttl_s,
                                                    std::string_view(email))}},
             [&call](const std::vector<pg::Rows>& results) {
               const auto& rows = results[0];
               if (rows.size() == 0) return call.fail(Errc::forbidden, "there is no account of this token");
               if (rows.text(0, 0) == "taken")
                 return call.fail(Errc::email_taken, "there is an account of this address");
               if (rows.text(0, 0) == "too_many")
                 return call.fail(Errc::too_many_tries, "enough mails were sent in this hour; wait a while");
               call.services().job_made();
               call.answer({202, {}, {}, {}});
             });
}

}  // namespace epicura::routes
