// Accounts are made, and signed in to.

#include "actors/routes/deletion.hpp"
#include "actors/routes/new_password.hpp"
#include "actors/routes/pace.hpp"
#include "actors/routes/routes.hpp"
#include "actors/routes/signed_in.hpp"
#include "schema/email.hpp"
#include "schema/password.hpp"
#include "schema/pg/account_link_queries.hpp"
#include "schema/pg/account_queries.hpp"
#include "schema/pg/second_factor_queries.hpp"

namespace epicura::routes {

namespace {

namespace q = pg::queries;

constexpr std::int64_t verification_ttl_s = 48 * 3600;
constexpr std::int64_t pending_ttl_s = 300;

void make_account(Call& call, const std::string& password_hash) {
  const Json& body = call.body();
  const auto& email = body.at("email").get_ref<const std::string&>();
  const auto& settings = call.services().settings;
  const auto user = Uuid::v7();
  const auto family = Uuid::v7();
  auto token = call.services().refresh_tokens.issue(family);
  pg::Params params;
  params.add(user)
      .add(std::string_view(email))
      .add(std::string_view(body.value("name", name_of_email(email))))
      .add(std::string_view(password_hash))
      .add(family)
      .add(std::string_view(token.hash))
      .add(settings.refresh_idle_ttl_s)
      .add(settings.refresh_ttl_s)
      .add(std::string_view(call.request().peer_address))
      .add(std::string_view(user_agent_of(call.request())))
      .add(std::string_view(call.request().request_id));
  call.query(
      {{&q::lock_email, pg::Params().add(std::string_view(email))},
       {&q::create_user, std::move(params)},
       {&q::send_verification, pg::params_of(Uuid::v7(), user, Uuid::v7(), verification_ttl_s)}},
      [&call, session = new_session(call, std::move(token), family, false)](const std::vector<pg::Rows>& results) {
        if (results[1].size() == 0) return call.fail(Errc::email_taken, "there is an account of this address");
        answer_signed_in(call, 201, session, results[1]);
      },
      [&services = call.services()](const pg::Outcome& outcome) {
        if (outcome.ok()) services.job_made();
      });
}

// What replaces the proved hash by one in today's form, if there is one.
Call::Unit renewal(const Uuid& user, const std::string& proved, const std::string& renewed) {
  Call::Unit unit;
  if (!renewed.empty())
    unit.emplace_back(&q::replace_password_hash,
                      pg::params_of(user, std::string_view(proved), std::string_view(renewed)));
  return unit;
}

// The password was right, and a code is needed as well: the session waits for it.
void ask_for_code(Call& call, const Uuid& user, const std::string& proved, const std::string& renewed) {
  const auto family = Uuid::v7();
  auto token = call.services().refresh_tokens.issue(family);
  auto unit = renewal(user, proved, renewed);
  unit.emplace_back(&q::begin_pending_sign_in,
                    pg::params_of(family, user, std::string_view(token.hash),
                                  std::string_view(renewed.empty() ? proved : renewed), pending_ttl_s));
  call.query(std::move(unit), [&call, text = std::move(token.text)](const std::vector<pg::Rows>&) {
    auto answer =
        http::problem({Errc::mfa_required, "send the code with this token to /auth/mfa"}, call.request().request_id);
    auto document = Json::parse(answer.body);
    document["mfa_token"] = text;
    answer.body = dump_json(document);
    call.answer(std::move(answer));
  });
}

// What a log-in is about.
struct Account {
  Guessing::Attempt attempt;
  std::optional<Uuid> user;  // none: nobody's
  std::string stored;        // the hash that the password is held against
  bool disabled = false;
  bool with_code = false;                          // the password alone is not enough
  std::optional<Timestamp> restorable_until = {};  // it is deleted
};

void prove_password(Call& call, bool again);

// The password was right. `renewed`: its hash in today's form, where the stored one is older.
void begin_session(Call& call, const Uuid& user, const std::string& proved, const std::string& renewed, bool again) {
  const auto family = Uuid::v7();
  auto token = call.services().refresh_tokens.issue(family);
  auto unit = renewal(user, proved, renewed);
  unit.emplace_back(&q::begin_family, family_params(call, user, renewed.empty() ? proved : renewed, token, family));
  call.query(std::move(unit), [&call, again, session = new_session(call, std::move(token), family, false)](
                                  const std::vector<pg::Rows>& results) {
    if (results.back().size() > 0) return answer_signed_in(call, 200, session, results.back());
    // Somebody has changed the password, disabled the account, or only renewed the hash.
    if (again) return call.fail(Errc::overloaded, "the account is being changed; try again");
    prove_password(call, true);
  });
}

// One hash, whether or not there is such an account.
void hash_password(Call& call, const Account& account, bool again) {
  const auto& password = call.body().at("password").get_ref<const std::string&>();
  call.hash({password, account.stored, true}, [&call, again, account](const PasswordAnswer& answer) {
    if (!answer.right || !account.user) {
      note_failed_log_in(call, account.attempt);
      call.audit("auth.login", AuditOutcome::failed, account.user);
      return call.fail_at(next_step(call), Errc::wrong_credentials, "no account has this address and this password");
    }
    if (account.disabled) {
      call.audit("auth.login", AuditOutcome::denied, account.user);
      return call.fail(Errc::account_disabled, "this account is disabled; write to support");
    }
    call.services().quotas.guessing.succeeded(account.attempt);
    if (account.restorable_until || call.request().route->operation == http::Operation::restore_user)
      return settle_deletion(call, *account.user, account.stored, account.restorable_until);
    if (account.with_code) return ask_for_code(call, *account.user, account.stored, answer.new_hash);
    begin_session(call, *account.user, account.stored, answer.new_hash, again);
  });
}

// `again`: for the second time, what was proved the first time having changed meanwhile.
void prove_password(Call& call, bool again) {
  const auto& email = call.body().at("email").get_ref<const std::string&>();
  call.query({{&q::find_log_in, pg::Params().add(std::string_view(email))}}, [&call, again](const auto& results) {
    const pg::Rows& rows = results[0];
    const bool known = !rows.is_null(0, 1) && !rows.is_null(0, 2);
    const Account account{attempt_of(call, rows.text(0, 0)),
                          known ? std::optional(rows.uuid(0, 1)) : std::nullopt,
                          known ? std::string(rows.text(0, 2)) : decoy_hash(),
                          known && rows.boolean(0, 3),
                          known && rows.boolean(0, 4),
                          known ? rows.timestamp_or_null(0, 5) : std::nullopt};
    if (again) return hash_password(call, account, again);
    pace_log_in(call, account.attempt, account.user, [&call, account] { hash_password(call, account, false); });
  });
}

}  // namespace

void register_user(Call& call) {
  const auto& password = call.body().at("password").get_ref<const std::string&>();
  if (auto fault = fault_of_password("/password", password)) return call.fail({std::move(*fault)});
  call.hash({password, {}}, [&call](const PasswordAnswer& answer) { make_account(call, answer.new_hash); });
}

void log_in(Call& call) {
  const auto& email = call.body().at("email").get_ref<const std::string&>();
  // A NUL is no text to PostgreSQL; who has one in the address has no account.
  if (email.find('\0') != std::string::npos) return call.fail({{"/email", "bad_value", "an e-mail address"}});
  prove_password(call, false);
}

void restore_user(Call& call) {
  log_in(call);
}

}  // namespace epicura::routes
