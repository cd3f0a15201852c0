// The second factor: set up, asked for, and got around by nobody.

#include "tests/actors/accounts.hpp"

using namespace epicura;
using namespace epicura::tests;

namespace {

struct Factor : Accounts {
  Answer set(const Answer& who, const std::string& code = {}) {
    return ask("POST", "/users/me/mfa", bearer(who), code.empty() ? std::string() : dump_json({{"code", code}}));
  }
  Answer finish(const Answer& pending, const std::string& code) {
    return ask("POST", "/auth/mfa", {},
               dump_json({{"mfa_token", pending.body.value("mfa_token", "")}, {"code", code}}));
  }
  Answer reauthenticate_with(const Answer& who, const std::string& code) {
    return ask("POST", "/auth/reauth", bearer(who), dump_json({{"password", good_password}, {"code", code}}));
  }
  std::string code() const {
    return totp_code(secret, std::chrono::duration_cast<std::chrono::seconds>(clock.time_since_epoch()) / totp_step);
  }
  std::string wrong_code() const { return code() == "000000" ? "000001" : "000000"; }
  void next_code() { clock += totp_step; }

  // An account with a second factor.
  Answer ada() {
    auto made = sign_up("ada@example.org");
    REQUIRE(set(made).status == 200);
    const auto user = *Uuid::parse(made.body["user"]["id"].get<std::string>());
    const auto text = value("select encode(mfa_secret, 'hex') from users");
    std::string sealed;
    for (std::size_t i = 0; i < text.size(); i += 2)
      sealed += static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16));
    secret = sealed_box.open(sealed, user).value();
    const auto enabled = set(made, code());
    REQUIRE(enabled.status == 201);
    recovery = enabled.body["recovery_codes"];
    next_code();
    return made;
  }
  std::string secret;
  Json recovery;
};

}  // namespace

TEST_CASE("a second factor is on when its first code was right, and is asked for from then on") {
  Factor house;
  const auto made = house.ada();
  CHECK(house.recovery.size() == 10);
  CHECK(house.mails("mfa_turned_on") == 1);
  CHECK(house.ask("GET", "/users/me/mfa", bearer(made)).body == Json{{"enabled", true}, {"recovery_codes_left", 10}});
  CHECK(house.log_in("ada@example.org", "not the password").problem(401, "wrong_credentials"));
  const auto pending = house.log_in("ada@example.org");
  REQUIRE(pending.problem(401, "mfa_required"));
  CHECK_FALSE(pending.body.contains("access_token"));
  CHECK(house.finish(pending, house.wrong_code()).problem(401, "wrong_code"));
  const auto signed_in = house.finish(pending, house.code());
  REQUIRE(signed_in.status == 200);
  CHECK(house.me(signed_in).status == 200);
  CHECK(house.refresh(signed_in).status == 200);
  CHECK(house.finish(pending, house.code()).problem(401, "session_ended"));  // one log-in, one session
}

TEST_CASE("a secret that was never proved asks nobody for a code") {
  Factor house;
  const auto made = house.sign_up("ada@example.org");
  CHECK(house.set(made, "123456").problem(409, "mfa_not_begun"));
  const auto first = house.set(made);
  REQUIRE(first.status == 200);
  CHECK(first.body["otpauth_uri"].get<std::string>().find(first.body["secret"].get<std::string>()) !=
        std::string::npos);
  CHECK(house.set(made).body["secret"] != first.body["secret"]);
  CHECK(house.log_in("ada@example.org").status == 200);
  CHECK(house.set(made, "000000 is none").problem(401, "wrong_code"));
  house.sql("do $$ begin assert (select mfa_enabled_at is null from users); end $$");
}

TEST_CASE("a code counts once, at whichever door") {
  Factor house;
  const auto made = house.ada();
  const auto one = house.log_in("ada@example.org");
  const auto other = house.log_in("ada@example.org");
  REQUIRE(house.finish(one, house.code()).status == 200);
  CHECK(house.finish(other, house.code()).problem(401, "wrong_code"));
  CHECK(house.reauthenticate_with(made, house.code()).problem(401, "wrong_code"));
  house.next_code();
  CHECK(house.reauthenticate_with(made, house.code()).status == 200);
  CHECK(house.finish(other, house.code()).problem(401, "wrong_code"));
}

TEST_CASE("a recovery code signs in once") {
  Factor house;
  const auto made = house.ada();
  std::string typed = house.recovery[3];
  const auto pending = house.log_in("ada@example.org");
  for (auto& c : typed) c = static_cast<char>(std::toupper(c));
  CHECK(house.finish(pending, "zzzzz-zzzzz").problem(401, "wrong_code"));
  CHECK(house.finish(pending, " " + typed).status == 200);
  const auto again = house.log_in("ada@example.org");
  CHECK(house.finish(again, typed).problem(401, "wrong_code"));
  CHECK(house.ask("GET", "/users/me/mfa", bearer(made)).body["recovery_codes_left"] == 9);
}

TEST_CASE("ten codes may be tried in an hour; who has a recovery code gets in all the same") {
  Factor house;
  house.ada();
  const auto pending = house.log_in("ada@example.org");
  for (int i = 0; i < 10; ++i) CHECK(house.finish(pending, house.wrong_code()).problem(401, "wrong_code"));
  CHECK(house.finish(pending, house.code()).problem(429, "too_many_tries"));
  const auto other = house.log_in("ada@example.org");  // another log-in is no way around it
  CHECK(house.finish(other, house.code()).problem(429, "too_many_tries"));
  house.sql("update users set mfa_tries_since = mfa_tries_since - interval '1 hour'");
  CHECK(house.finish(other, house.code()).status == 200);
  house.sql("update users set mfa_tries = 100, mfa_tries_since = now()");
  const auto third = house.log_in("ada@example.org");
  CHECK(house.finish(third, house.recovery[0]).status == 200);
}

TEST_CASE("a log-in that waits for its code ends after five minutes, and with the password that it was for") {
  Factor house;
  house.ada();
  const auto pending = house.log_in("ada@example.org");
  house.sql("update pending_sign_ins set expires_at = now()");
  CHECK(house.finish(pending, house.code()).problem(401, "session_ended"));
  const auto other = house.log_in("ada@example.org");
  REQUIRE(house.forget("ada@example.org").status == 202);
  REQUIRE(house.reset(house.link(MailLinkPurpose::reset_password), "another long password").status == 204);
  CHECK(house.finish(other, house.code()).problem(401, "session_ended"));
  CHECK(house.ask("POST", "/auth/mfa", {}, R"({"mfa_token":"x","code":"123456"})").problem(401, "session_ended"));
  CHECK(house.ask("POST", "/auth/refresh", {}, dump_json({{"refresh_token", other.body["mfa_token"]}}))
            .problem(401, "session_ended"));
}

TEST_CASE("a reset by mail does not get around a second factor") {
  Factor house;
  house.ada();
  house.sql("update users set email_verified = true");
  REQUIRE(house.forget("ada@example.org").status == 202);
  REQUIRE(house.reset(house.link(MailLinkPurpose::reset_password), "another long password").status == 204);
  CHECK(house.log_in("ada@example.org", "another long password").problem(401, "mfa_required"));
}

TEST_CASE("who has a second factor proves themselves by it too, before it can be turned off") {
  Factor house;
  const auto made = house.ada();
  house.clock += std::chrono::minutes{10};
  CHECK(house.ask("DELETE", "/users/me/mfa", bearer(made)).problem(403, "reauthentication_required"));
  CHECK(house.reauthenticate(made).problem(401, "mfa_required"));
  CHECK(house.reauthenticate_with(made, house.wrong_code()).problem(401, "wrong_code"));
  CHECK(house.reauthenticate_with(made, house.recovery[0]).problem(401, "wrong_code"));
  const auto fresh = house.reauthenticate_with(made, house.code());
  REQUIRE(fresh.status == 200);
  CHECK(house.set(fresh).problem(409, "mfa_enabled"));
  house.next_code();
  const auto renewed = house.set(fresh, house.code());
  REQUIRE(renewed.status == 201);
  CHECK(renewed.body["recovery_codes"] != house.recovery);
  CHECK(house.ask("DELETE", "/users/me/mfa", bearer(fresh)).status == 204);
  CHECK(house.mails("mfa_turned_off") == 1);
  CHECK(house.log_in("ada@example.org").status == 200);
  house.sql("do $$ begin assert (select mfa_secret is null and mfa_recovery_hashes = '{}' from users); end $$");
}

TEST_CASE("in production an admin who turns it off is an admin no more, also on other phones, until it is on again") {
  Factor house;
  house.ada();
  house.sql("update users set role = 'admin'");
  const auto phone = house.finish(house.log_in("ada@example.org"), house.code());
  REQUIRE(phone.status == 200);
  house.next_code();
  const auto laptop = house.finish(house.log_in("ada@example.org"), house.code());
  REQUIRE(laptop.status == 200);
  const auto device = "/devices/" + house.register_device().str();
  house.settings.environment = "production";
  CHECK(house.ask("GET", "/admin/users", bearer(laptop)).status == 200);
  CHECK(house.ask("GET", device, bearer(laptop)).status == 200);
  REQUIRE(house.ask("DELETE", "/users/me/mfa", bearer(phone)).status == 204);
  CHECK(house.ask("GET", "/admin/users", bearer(laptop)).problem(403, "mfa_enrollment_required"));
  CHECK(house.ask("GET", device, bearer(laptop)).status == 404);
  CHECK(house.value("select count(*) from token_families where second_factor") == "0");
  const auto refreshed = house.refresh(laptop);
  REQUIRE(refreshed.status == 200);
  CHECK(house.ask("GET", "/admin/users", bearer(refreshed)).problem(403, "mfa_enrollment_required"));
  const auto again = house.log_in("ada@example.org");
  CHECK(house.ask("GET", "/admin/users", bearer(again)).problem(403, "mfa_enrollment_required"));
  REQUIRE(house.set(again).status == 200);
  house.sql("update users set mfa_enabled_at = now()");
  CHECK(house.ask("GET", "/admin/users", bearer(refreshed)).problem(403, "mfa_enrollment_required"));  // without a code
}

TEST_CASE("neither secret nor recovery codes can be read in the database") {
  Factor house;
  house.ada();
  const auto row = house.value("select u::text from users u");
  std::string hex;
  for (const unsigned char c : house.secret) hex += fmt::format("{:02x}", c);
  CHECK(row.find(hex) == std::string::npos);
  for (const auto& code : house.recovery) CHECK(row.find(code.get<std::string>()) == std::string::npos);
}
