// What is done by links of mails: verifying, resetting, changing an address and taking that back.

#include "tests/actors/accounts.hpp"

using namespace epicura;
using namespace epicura::tests;

namespace {

using Purpose = MailLinkPurpose;
const std::string other_password = "another long password";

bool is_verified(Accounts& house, const Answer& signed_in) {
  return house.me(signed_in).body.at("email_verified").get<bool>();
}
Answer change(Accounts& house, const Answer& signed_in, const std::string& email) {
  return house.ask("POST", "/users/me/email", bearer(signed_in), dump_json({{"email", email}}));
}

}  // namespace

TEST_CASE("the link of the first mail verifies the address, and does no harm when it is followed again") {
  Accounts house;
  const auto ada = house.sign_up("ada@example.org");
  CHECK_FALSE(is_verified(house, ada));
  CHECK(house.mails("verify_email") == 1);
  const auto link = house.link(Purpose::verify_email);
  CHECK(house.verify(link).status == 204);
  CHECK(is_verified(house, ada));
  CHECK(house.verify(link).status == 204);
}

TEST_CASE("a link that is too old, of another purpose, changed or junk is refused and does nothing") {
  Accounts house;
  const auto ada = house.sign_up("ada@example.org");
  const auto link = house.link(Purpose::verify_email);
  auto changed = link;
  changed[3] = changed[3] == 'A' ? 'B' : 'A';
  for (const auto& token : {changed, link + "A", link.substr(1), std::string(), std::string("x"),
                            house.mail_links.issue(Purpose::verify_email, Uuid::v7())})
    CHECK(house.verify(token).problem(422, "link_not_valid"));
  CHECK(house.reset(link, other_password).problem(422, "link_not_valid"));
  CHECK(house.verify(std::string(10'000, 'x')).status == 422);
  house.sql("update mail_links set expires_at = now()");
  CHECK(house.verify(link).problem(422, "link_not_valid"));
  CHECK_FALSE(is_verified(house, ada));
}

TEST_CASE("another mail is sent to who asks for it, five an hour, and none once the address is verified") {
  Accounts house;
  const auto ada = house.sign_up("ada@example.org");
  const auto again = [&] { return house.ask("POST", "/auth/email/verify", bearer(ada)).status; };
  CHECK(house.ask("POST", "/auth/email/verify").problem(401, "unauthorized"));
  for (int i = 0; i < 6; ++i) CHECK(again() == 202);
  CHECK(house.mails("verify_email") == 5);
  house.sql("update mail_links set created_at = created_at - interval '1 hour'");
  CHECK(again() == 202);
  CHECK(house.mails("verify_email") == 6);
  CHECK(house.verify(house.link(Purpose::verify_email)).status == 204);
  CHECK(again() == 202);
  CHECK(house.mails("verify_email") == 6);
}

TEST_CASE("who has signed out is sent no mail") {
  Accounts house;
  const auto ada = house.sign_up("ada@example.org");
  REQUIRE(house.ask("POST", "/auth/logout", bearer(ada)).status == 204);
  CHECK(house.ask("POST", "/auth/email/verify", bearer(ada)).status == 401);
  CHECK(house.mails("verify_email") == 1);
}

TEST_CASE("a forgotten password is reset by a mail, once, and everybody is signed out") {
  Accounts house;
  const auto ada = house.sign_up("Ada@example.org");
  REQUIRE(house.verify(house.link(Purpose::verify_email)).status == 204);
  CHECK(house.forget("ada@EXAMPLE.org").status == 202);
  const auto link = house.link(Purpose::reset_password);
  CHECK(house.reset(link, "short").points_at("/password"));
  CHECK(house.me(ada).status == 200);
  CHECK(house.reset(link, other_password).status == 204);
  CHECK(house.me(ada).status == 401);
  CHECK(house.refresh(ada).status == 401);
  CHECK(house.log_in("ada@example.org").status == 401);
  CHECK(house.log_in("ada@example.org", other_password).status == 200);
  CHECK(house.reset(link, "a third password").problem(422, "link_not_valid"));
  CHECK(house.mails("password_changed") == 1);
}

TEST_CASE("one reset makes the other links of that kind void, and five are sent in an hour") {
  Accounts house;
  REQUIRE(house.sign_up("ada@example.org").status == 201);
  CHECK(house.forget("ada@example.org").status == 202);
  const auto first = house.link(Purpose::reset_password);
  for (int i = 0; i < 6; ++i) CHECK(house.forget("ada@example.org").status == 202);
  CHECK(house.mails("reset_password") == 5);
  const auto last = house.link(Purpose::reset_password);
  CHECK(first != last);
  CHECK(house.reset(last, other_password).status == 204);
  CHECK(house.reset(first, "a third password").problem(422, "link_not_valid"));
}

TEST_CASE("who asks for a reset learns nothing of whether there is an account, and mails nobody else") {
  Accounts house;
  REQUIRE(house.sign_up("ada@example.org").status == 201);
  const auto known = house.forget("ada@example.org");
  const auto unknown = house.forget("bob@example.org");
  CHECK(known.status == 202);
  CHECK(unknown.status == 202);
  CHECK(known.header("Content-Length") == "0");
  CHECK(unknown.header("Content-Length") == "0");
  CHECK(house.mails("reset_password") == 1);
  CHECK(house.forget("no address").points_at("/email"));
  house.sql("update users set disabled_at = now()");
  CHECK(house.forget("ada@example.org").status == 202);
  CHECK(house.mails("reset_password") == 1);
}

TEST_CASE("what a stranger made with somebody's address is nothing once its owner has reset the password") {
  Accounts house;
  const auto stranger = house.sign_up("owner@example.org");
  house.sql(
      "update users set name = 'Mallory', preferences = '{\"spice_level\": \"hot\"}', allergies = '[\"nuts\"]', "
      "dietary_preferences = '[\"vegan\"]', mfa_secret = 'x', mfa_enabled_at = now(), "
      "mfa_recovery_hashes = array['x']");
  const auto pending = house.log_in("owner@example.org");
  CHECK(pending.problem(401, "mfa_required"));
  REQUIRE(house.forget("owner@example.org").status == 202);
  REQUIRE(house.reset(house.link(Purpose::reset_password), other_password).status == 204);
  CHECK(house.refresh(stranger).status == 401);
  const auto owner = house.log_in("owner@example.org", other_password);
  REQUIRE(owner.status == 200);
  const auto& user = owner.body["user"];
  CHECK(user["email_verified"] == true);
  CHECK(user["name"] == "owner");
  CHECK(user["preferences"] == Json::object());
  CHECK(user["allergies"] == Json::array());
  CHECK(user["dietary_preferences"] == Json::array());
}

TEST_CASE("a new address is taken once it is proved; the old one is told and can take it back for 72 hours") {
  Accounts house;
  const auto ada = house.sign_up("ada@example.org");
  REQUIRE(house.verify(house.link(Purpose::verify_email)).status == 204);
  CHECK(change(house, ada, "new@example.org").status == 202);
  CHECK(house.value("select email from mail_links where purpose = 'change_email'") == "new@example.org");
  CHECK(house.me(ada).body["email"] == "ada@example.org");
  const auto link = house.link(Purpose::change_email);
  CHECK(house.verify(link).status == 204);
  CHECK(house.me(ada).body["email"] == "new@example.org");
  CHECK(house.verify(link).problem(422, "link_not_valid"));
  CHECK(house.value("select email from mail_links where purpose = 'undo_email_change'") == "ada@example.org");
  CHECK(house.mails("undo_email_change") == 1);
  CHECK(house.log_in("ada@example.org").status == 401);
  CHECK(house.log_in("new@example.org").status == 200);
  CHECK(house.sign_up("ADA@example.org").problem(409, "email_taken"));  // it may be taken back
  house.sql("update mail_links set expires_at = now() where purpose = 'undo_email_change'");
  CHECK(house.verify(house.link(Purpose::undo_email_change)).problem(422, "link_not_valid"));
  CHECK(house.sign_up("ADA@example.org").status == 201);
}

TEST_CASE("who takes an address back shuts everybody out, and sets a new password by a mail") {
  Accounts house;
  const auto thief = house.sign_up("ada@example.org");
  REQUIRE(house.verify(house.link(Purpose::verify_email)).status == 204);
  REQUIRE(change(house, thief, "thief@example.org").status == 202);
  REQUIRE(house.verify(house.link(Purpose::change_email)).status == 204);
  REQUIRE(change(house, thief, "thief2@example.org").status == 202);  // and covers the tracks
  REQUIRE(house.verify(house.link(Purpose::change_email)).status == 204);
  house.sql("update users set mfa_secret = 'x', mfa_enabled_at = now() + interval '1 s'");
  const auto first_undo =
      house.value("select id from mail_links where purpose = 'undo_email_change' and email = 'ada@example.org'");
  const auto second_undo = house.link(Purpose::undo_email_change);
  CHECK(house.verify(house.mail_links.issue(Purpose::undo_email_change, *Uuid::parse(first_undo))).status == 204);
  CHECK(house.me(thief).status == 401);
  CHECK(house.log_in("thief2@example.org").status == 401);
  CHECK(house.log_in("ada@example.org").problem(401, "wrong_credentials"));
  CHECK(house.verify(second_undo).problem(422, "link_not_valid"));
  REQUIRE(house.reset(house.link(Purpose::reset_password), other_password).status == 204);
  const auto owner = house.log_in("ada@example.org", other_password);
  REQUIRE(owner.status == 200);
  CHECK(owner.body["user"]["email"] == "ada@example.org");
}

TEST_CASE("an address that is somebody's cannot be changed to, at no moment") {
  Accounts house;
  const auto ada = house.sign_up("ada@example.org");
  REQUIRE(house.sign_up("bob@example.org").status == 201);
  CHECK(change(house, ada, "BOB@example.org").problem(409, "email_taken"));
  CHECK(change(house, ada, "ada@example.org").problem(409, "email_taken"));
  CHECK(change(house, ada, "Ada@example.org").status == 202);  // typed in another way
  CHECK(change(house, ada, "no address").points_at("/email"));
  REQUIRE(change(house, ada, "carol@example.org").status == 202);
  const auto link = house.link(Purpose::change_email);
  REQUIRE(house.sign_up("carol@example.org").status == 201);
  CHECK(house.verify(link).problem(409, "email_taken"));
  CHECK(house.me(ada).body["email"] == "ada@example.org");
}

TEST_CASE("for what is delicate one has to have proved the password within ten minutes") {
  Accounts house;
  const auto ada = house.sign_up("ada@example.org");
  const auto phone = house.log_in("ada@example.org");
  house.clock += std::chrono::minutes{10};
  const auto new_password = dump_json({{"password", other_password}});
  const auto set = [&](const Answer& signed_in) {
    return house.ask("POST", "/users/me/password", bearer(signed_in), new_password);
  };
  CHECK(set(ada).problem(403, "reauthentication_required"));
  CHECK(change(house, ada, "new@example.org").problem(403, "reauthentication_required"));
  CHECK(house.reauthenticate(ada, "not the password").problem(401, "wrong_credentials"));
  const auto fresh = house.reauthenticate(ada);
  REQUIRE(fresh.status == 200);
  CHECK(fresh.body["token_type"] == "Bearer");
  CHECK_FALSE(fresh.body.contains("refresh_token"));
  CHECK(house.ask("POST", "/users/me/password", bearer(fresh), R"({"password":"short"})").points_at("/password"));
  CHECK(set(fresh).status == 204);
  CHECK(house.me(ada).status == 200);    // the session that asked lives on
  CHECK(house.me(phone).status == 401);  // the others do not
  CHECK(house.mails("password_changed") == 1);
  CHECK(house.log_in("ada@example.org").status == 401);
  CHECK(house.log_in("ada@example.org", other_password).status == 200);
  CHECK(house.ask("POST", "/users/me/password", house.admin(), new_password).problem(403, "reauthentication_required"));
  CHECK(house.ask("POST", "/auth/reauth", house.admin(), dump_json({{"password", "x"}})).problem(403, "forbidden"));
}

TEST_CASE("one sees where one is signed in, and ends what one does not know") {
  Accounts house;
  const auto ada = house.sign_up("ada@example.org");
  const auto phone = house.log_in("ada@example.org");
  const auto bob = house.sign_up("bob@example.org");
  const auto list = [&](const Answer& who) { return house.ask("GET", "/users/me/auth-sessions", bearer(who)).body; };
  const auto sessions = list(phone);
  REQUIRE(sessions["total"] == 2);
  CHECK(sessions["items"][0]["current"] == true);
  CHECK(sessions["items"][1]["current"] == false);
  const std::string other = sessions["items"][1]["id"];
  CHECK(house.ask("DELETE", "/users/me/auth-sessions/" + other, bearer(bob)).problem(404, "not_found"));
  CHECK(house.me(ada).status == 200);
  CHECK(house.ask("DELETE", "/users/me/auth-sessions/" + other, bearer(phone)).status == 204);
  CHECK(house.me(ada).status == 401);
  CHECK(house.ask("DELETE", "/users/me/auth-sessions/" + other, bearer(phone)).problem(404, "not_found"));
  CHECK(house.ask("DELETE", "/users/me/auth-sessions/nonsense", bearer(phone)).problem(404, "not_found"));
  const auto tablet = house.log_in("ada@example.org");
  CHECK(house.ask("DELETE", "/users/me/auth-sessions", bearer(tablet)).status == 204);
  CHECK(house.me(phone).status == 401);
  CHECK(list(tablet)["total"] == 1);
  CHECK(house.me(bob).status == 200);
}

TEST_CASE("the audit log has what was done to an account and what was denied, by request, and names nobody") {
  Accounts house;
  const auto ada = house.sign_up("ada@example.org");
  REQUIRE(house.verify(house.link(Purpose::verify_email)).status == 204);
  CHECK(house.log_in("ada@example.org").status == 200);
  CHECK(house.log_in("ada@example.org", "not the password").status == 401);
  CHECK(house.log_in("nobody@example.org").status == 401);
  CHECK(house.ask("POST", "/auth/logout-all", ApiHouse::token(house.register_device())).status == 403);
  REQUIRE(house.forget("ada@example.org").status == 202);
  CHECK(house.reset("junk", other_password).status == 422);
  REQUIRE(house.reset(house.link(Purpose::reset_password), other_password).status == 204);
  house.sql("update users set disabled_at = now()");
  CHECK(house.log_in("ada@example.org", other_password).problem(403, "account_disabled"));
  const auto user = ada.body["user"]["id"].get<std::string>();
  REQUIRE(pg::eventually([&] { return house.value("select count(*) from audit_log") == "8"; }));
  CHECK(house.value(
            "select string_agg(actor_kind || ' ' || action || ' ' || outcome, ', ' order by seq) from audit_log") ==
        "user auth.registered done, user user.email_verified done, user auth.login done, nobody auth.login failed, "
        "nobody auth.login failed, device access.forbidden denied, user user.password_changed done, nobody auth.login "
        "denied");
  CHECK(house.value("select count(*) from audit_log where target_id = '" + user + "'") == "6");
  CHECK(house.value("select count(*) from audit_log where request_id is distinct from '" + ApiHouse::request_id +
                    "'") == "0");
  CHECK(house.value("select count(*) from audit_log l where l::text like '%example.org%'") == "0");
}
