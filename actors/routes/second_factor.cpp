#include "actors/routes/second_factor.hpp"

#include "actors/routes/routes.hpp"
#include "actors/routes/signed_in.hpp"
#include "schema/base32.hpp"
#include "schema/base64.hpp"
#include "schema/observe/log.hpp"
#include "schema/pg/account_queries.hpp"
#include "schema/pg/second_factor_queries.hpp"
#include "schema/totp.hpp"

namespace epicura::routes {

namespace {

namespace q = pg::queries;

void add_hashes(pg::Params& params, const std::vector<std::string>& hashes) {
  std::vector<std::string> texts;
  for (const auto& hash : hashes) texts.push_back(base64url(hash));
  params.add_each(texts, [](const std::string& text) { return std::string_view(text); });
}

void no_such_account(Call& call) {
  call.fail(Errc::forbidden, "there is no account of this token");
}

void wrong_code(Call& call) {
  call.fail(Errc::wrong_code, "this is not the code that the app shows now, nor a recovery code that is left");
}

void wrong_code_at_log_in(Call& call, const Uuid& user) {
  call.audit("auth.login", AuditOutcome::failed, user);
  wrong_code(call);
}

// The session begins that has waited for this code.
void begin_session(Call& call, const Uuid& family, const pg::Rows& pending, const std::string& typed) {
  const auto user = pending.uuid(0, 0);
  const auto recovery = call.services().recovery_codes.hashes_of(typed);
  if (recovery.empty() && pending.int8(0, 4) > most_tries_an_hour) return refuse_tries(call);
  auto token = call.services().refresh_tokens.issue(family);
  auto params = family_params(call, user, pending.text(0, 1), token, family);
  const pg::Statement* statement = &q::begin_family_by_recovery;
  if (recovery.empty()) {
    const auto step = step_of(call, user, pending.text(0, 2), pending.int8(0, 3), typed);
    if (!step) return wrong_code_at_log_in(call, user);
    params.add(*step);
    statement = &q::begin_family_by_code;
  } else {
    add_hashes(params, recovery);
  }
  call.query(
      {{statement, std::move(params)}},
      [&call, user, session = new_session(call, std::move(token), family, true)](const std::vector<pg::Rows>& results) {
        if (results[0].size() == 0) return wrong_code_at_log_in(call, user);
        answer_signed_in(call, 200, session, results[0]);
      });
}

void make_secret(Call& call) {
  const auto& person = person_of(call);
  auto secret = make_totp_secret();
  const auto sealed = call.services().sealed_box.seal(secret, person.subject);
  call.query({{&q::begin_second_factor, pg::params_of(person.subject, std::string_view(sealed))},
              {&q::get_second_factor, pg::Params().add(person.subject)}},
             [&call, secret = std::move(secret)](const std::vector<pg::Rows>& results) {
               if (results[1].size() == 0) return no_such_account(call);
               if (results[0].affected() == 0)
                 return call.fail(Errc::mfa_enabled, "turn it off first, or send a code for new recovery codes");
               const Json answer{{"secret", base32(secret)}, {"otpauth_uri", totp_uri(secret, results[1].text(0, 2))}};
               call.answer({200, "application/json", dump_json(answer), {}});
             });
}

void turn_on(Call& call, const std::string& sealed, std::int64_t step) {
  const auto& person = person_of(call);
  const auto codes = call.services().recovery_codes.make(recovery_codes_of_user);
  std::vector<std::string> hashes;
  Json shown = Json::array();
  for (const auto& code : codes) {
    hashes.push_back(code.hash);
    shown.push_back(code.text);
  }
  pg::Params params = pg::params_of(person.subject, std::string_view(sealed), step);
  add_hashes(params, hashes);
  params.add(*person.family)
      .add(Uuid::v7())
      .add(std::string_view(call.request().request_id))
      .add(std::string_view(call.request().peer_address));
  call.query(
      {{&q::lock_user, pg::Params().add(person.subject)}, {&q::enable_second_factor, std::move(params)}},
      [&call, shown = std::move(shown)](const std::vector<pg::Rows>& results) {
        if (results[1].size() == 0) return wrong_code(call);
        call.answer({201, "application/json", dump_json({{"recovery_codes", shown}}), {}});
      },
      [&services = call.services()](const pg::Outcome& outcome) {
        if (!outcome.ok()) return;
        revoke_listed(services, outcome.results[1], 1);
        services.job_made();
      });
}

}  // namespace

void refuse_tries(Call& call) {
  call.fail(Errc::too_many_tries, "too many codes were tried; wait an hour, or use a recovery code");
}

std::optional<std::int64_t> step_of(const Call& call, const Uuid& user, std::string_view sealed, std::int64_t last_step,
                                    std::string_view typed) {
  const auto secret = call.services().sealed_box.open(sealed, user);
  if (!secret) {
    log::error("auth", "the second factor of user {} cannot be read: mfa_secret is not what it was", user.str());
    return std::nullopt;
  }
  return verify_totp(*secret, typed, call.services().clock(), last_step);
}

void finish_log_in(Call& call) {
  const auto pending = call.services().refresh_tokens.read(call.body().at("mfa_token").get_ref<const std::string&>());
  const auto over = [&call] { call.fail(Errc::session_ended, "this log-in is over; begin with the password again"); };
  if (!pending) return over();
  call.query({{&q::try_pending_sign_in, pg::params_of(pending->family, std::string_view(pending->hash))}},
             [&call, over, family = pending->family](const std::vector<pg::Rows>& results) {
               if (results[0].size() == 0) return over();
               begin_session(call, family, results[0], call.body().at("code").get<std::string>());
             });
}

void get_mfa(Call& call) {
  call.query({{&q::get_second_factor, pg::Params().add(person_of(call).subject)}},
             [&call](const std::vector<pg::Rows>& results) {
               const auto& rows = results[0];
               if (rows.size() == 0) return no_such_account(call);
               const Json answer{{"enabled", rows.boolean(0, 0)}, {"recovery_codes_left", rows.int8(0, 1)}};
               call.answer({200, "application/json", dump_json(answer), {}});
             });
}

void set_mfa(Call& call) {
  const auto given = call.body().find("code");
  if (given == call.body().end()) return make_secret(call);
  call.query({{&q::try_second_factor, pg::Params().add(person_of(call).subject)}},
             [&call, typed = given->get<std::string>()](const std::vector<pg::Rows>& results) {
               const auto& rows = results[0];
               if (rows.size() == 0) return no_such_account(call);
               if (rows.is_null(0, 1)) return call.fail(Errc::mfa_not_begun, "post without a code first");
               if (rows.int8(0, 3) > most_tries_an_hour) return refuse_tries(call);
               const std::string sealed(rows.text(0, 1));
               const auto step = step_of(call, person_of(call).subject, sealed, rows.int8(0, 2), typed);
               if (!step) return wrong_code(call);
               turn_on(call, sealed, *step);
             });
}

void remove_mfa(Call& call) {
  call.query({{&q::lock_user, pg::Params().add(person_of(call).subject)},
              {&q::disable_second_factor,
               pg::params_of(person_of(call).subject, Uuid::v7(), std::string_view(call.request().request_id),
                             std::string_view(call.request().peer_address))}},
             [&call](const std::vector<pg::Rows>&) {
               call.services().job_made();
               call.answer({204, {}, {}, {}});
             });
}

}  // namespace epicura::routes
