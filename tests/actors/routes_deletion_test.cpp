// An account is exported, deleted, taken back, and erased when nobody did that.

#include "actors/job_runner.hpp"
#include "actors/jobs/jobs.hpp"
#include "http/schemas.hpp"
#include "tests/actors/accounts.hpp"

using namespace epicura;
using namespace epicura::tests;

namespace {

struct Deletion : Accounts {
  Answer remove(const Answer& who) { return ask("DELETE", "/users/me", bearer(who)); }
  Answer restore(const std::string& email, const std::string& password = good_password) {
    return ask("POST", "/auth/restore", {}, credentials(email, password));
  }
  Answer export_of(const Answer& who) { return ask("GET", "/users/me/export", bearer(who)); }
  void pass_days(int days) {
    sql("update users set deleted_at = deleted_at - " + std::to_string(days) + " * interval '1 day'");
  }
  void erase() { CHECK(jobs::erase_users(make_ask(database), media.store, mailer).how == JobEnd::How::done); }
};

}  // namespace

TEST_CASE("who deletes the account is signed out everywhere, and nothing opens it any more") {
  Deletion house;
  const auto ada = house.sign_up("ada@example.org");
  const auto phone = house.log_in("ada@example.org");
  const auto bob = house.sign_up("bob@example.org");
  REQUIRE(house.forget("ada@example.org").status == 202);
  const auto link = house.link(MailLinkPurpose::reset_password);
  house.clock += std::chrono::minutes{10};
  CHECK(house.remove(ada).problem(403, "reauthentication_required"));
  const auto fresh = house.reauthenticate(ada);
  const auto deleted = house.remove(fresh);
  REQUIRE(deleted.status == 202);
  const auto until = parse_rfc3339(deleted.body["restorable_until"].get<std::string>());
  REQUIRE(until);
  CHECK(*until > now() + std::chrono::hours{24 * 29});
  CHECK(*until < now() + std::chrono::hours{24 * 31});

  for (const auto& session : {ada, phone, fresh}) CHECK(house.me(session).status == 401);
  CHECK(house.revoked.size() == 2);
  for (const auto& session : {ada, phone}) CHECK(house.refresh(session).status == 401);
  CHECK(house.mails("account_deleted") == 1);
  CHECK(house.reset(link, "another long password").problem(422, "link_not_valid"));
  CHECK(house.sign_up("ADA@example.org").problem(409, "email_taken"));
  CHECK(house.me(bob).status == 200);

  CHECK(house.log_in("ada@example.org", "not the password").problem(401, "wrong_credentials"));
  const auto refused = house.log_in("ada@example.org");
  REQUIRE(refused.problem(403, "account_deleted"));
  CHECK(refused.body["restorable_until"] == deleted.body["restorable_until"]);
  CHECK(house.value("select string_agg(action || ' ' || actor_kind, ', ') from audit_log where target_id = '" +
                    ada.body["user"]["id"].get<std::string>() + "' and action like 'user.deleted'") ==
        "user.deleted user");
}

TEST_CASE("who forgot the password of a deleted account sets another, and takes the deletion back with it") {
  Deletion house;
  const auto ada = house.sign_up("ada@example.org");
  REQUIRE(house.verify(house.link(MailLinkPurpose::verify_email)).status == 204);
  REQUIRE(house.remove(ada).status == 202);
  REQUIRE(house.forget("ada@example.org").status == 202);
  REQUIRE(house.reset(house.link(MailLinkPurpose::reset_password), "another long password").status == 204);
  CHECK(house.log_in("ada@example.org", "another long password").problem(403, "account_deleted"));
  CHECK(house.restore("ada@example.org").problem(401, "wrong_credentials"));
  CHECK(house.restore("ada@example.org", "another long password").status == 204);
  CHECK(house.log_in("ada@example.org", "another long password").status == 200);

  REQUIRE(house.remove(house.log_in("ada@example.org", "another long password")).status == 202);
  house.pass_days(30);
  REQUIRE(house.forget("ada@example.org").status == 202);
  CHECK(house.mails("reset_password") == 1);
}

TEST_CASE("a stranger who signs up with somebody's address and deletes that account does not keep it from its owner") {
  Deletion house;
  const auto stranger = house.sign_up("owner@example.org");
  house.sql("update users set name = 'Mallory', mfa_secret = 'x', mfa_enabled_at = now()");
  REQUIRE(house.remove(stranger).status == 202);
  CHECK(house.sign_up("owner@example.org").problem(409, "email_taken"));
  REQUIRE(house.forget("owner@example.org").status == 202);
  REQUIRE(house.reset(house.link(MailLinkPurpose::reset_password), "another long password").status == 204);
  CHECK(house.restore("owner@example.org").problem(401, "wrong_credentials"));
  CHECK(house.restore("owner@example.org", "another long password").status == 204);
  const auto owner = house.log_in("owner@example.org", "another long password");
  REQUIRE(owner.status == 200);
  CHECK(owner.body["user"]["name"] == "owner");
  CHECK(owner.body["user"]["email_verified"] == true);
}

TEST_CASE("devices are nobody's when their owner deletes the account, and keys open nothing") {
  Deletion house;
  const auto ada = house.sign_up("ada@example.org");
  const auto bob = house.sign_up("bob@example.org");
  house.sql("update users set email_verified = true");
  const auto key = house.ask("POST", "/users/me/api-keys", bearer(ada), R"({"name":"a","scopes":["account:read"]})");
  REQUIRE(key.status == 201);
  const auto by_key = "Bearer " + key.body["key"].get<std::string>();
  CHECK(house.ask("GET", "/users/me", by_key).status == 200);
  house.sql(
      "insert into devices (id, name, owner_id, owned_since) select gen_random_uuid(), name, id, now() from users");
  house.sql(
      "insert into device_shares (device_id, user_id) select d.id, u.id from devices d join users u "
      "on u.id <> d.owner_id");
  REQUIRE(house.remove(ada).status == 202);
  CHECK(house.ask("GET", "/users/me", by_key).status == 401);
  CHECK(house.value("select count(*) from devices where owner_id is null and name is null") == "1");
  CHECK(house.value("select count(*) from devices where name = 'bob'") == "1");
  CHECK(house.value("select count(*) from device_shares") == "0");
  CHECK(house.restore("ada@example.org").status == 204);
  CHECK(house.ask("GET", "/users/me", by_key).status == 401);  // they do not come back
}

TEST_CASE("the only admin stays") {
  Accounts house;
  const auto boss = house.sign_up("boss@example.org");
  const auto other = house.sign_up("other@example.org");
  house.sql("update users set role = 'admin' where email in ('boss@example.org', 'other@example.org')");
  const auto as_admin = [&](const std::string& email) { return bearer(house.log_in(email)); };
  REQUIRE(house.ask("DELETE", "/users/me", as_admin("other@example.org")).status == 202);
  CHECK(house.ask("DELETE", "/users/me", as_admin("boss@example.org")).problem(409, "own_account"));
  CHECK(house.log_in("boss@example.org").status == 200);
}

TEST_CASE("a log-in that waits for its code is over when the account is deleted") {
  Deletion house;
  const auto ada = house.sign_up("ada@example.org");
  house.sql("update users set mfa_secret = 'x', mfa_enabled_at = now(), mfa_recovery_hashes = array['x']");
  const auto pending = house.log_in("ada@example.org");
  REQUIRE(pending.problem(401, "mfa_required"));
  REQUIRE(house.remove(ada).status == 202);
  const auto body = dump_json({{"mfa_token", pending.body["mfa_token"]}, {"code", "123456"}});
  CHECK(house.ask("POST", "/auth/mfa", {}, body).problem(401, "session_ended"));
  CHECK(house.log_in("ada@example.org").problem(403, "account_deleted"));
  CHECK(house.restore("ada@example.org").status == 204);
  CHECK(house.log_in("ada@example.org").problem(401, "mfa_required"));  // it asks for its code as before
}

TEST_CASE("a deletion is taken back by the password, within 30 days, and everything is as it was") {
  Deletion house;
  const auto ada = house.sign_up("ada@example.org");
  REQUIRE(house.ask("PATCH", "/users/me", bearer(ada), R"({"allergies":["nuts"]})").status == 200);
  CHECK(house.restore("ada@example.org").status == 204);  // it is not deleted
  CHECK(wait_until([&] { return house.value("select count(*) from audit_log where action = 'auth.restore'") == "1"; }));
  REQUIRE(house.remove(ada).status == 202);
  CHECK(house.restore("ada@example.org", "not the password").problem(401, "wrong_credentials"));
  CHECK(house.restore("nobody@example.org").problem(401, "wrong_credentials"));
  CHECK(house.restore("Ada@EXAMPLE.org").status == 204);
  CHECK(house.restore("ada@example.org").status == 204);  // the answer was lost, say
  const auto again = house.log_in("ada@example.org");
  REQUIRE(again.status == 200);
  CHECK(again.body["user"]["allergies"] == Json::array({"nuts"}));
  CHECK(house.me(ada).status == 401);  // its sessions are not
  CHECK(house.value("select count(*) from audit_log where action = 'user.restored'") == "1");
  CHECK(house.mails("account_restored") == 1);  // who has only the password does not do that unseen

  REQUIRE(house.remove(again).status == 202);
  house.sql("update users set disabled_at = now()");
  CHECK(house.restore("ada@example.org").problem(403, "account_disabled"));
  house.sql("update users set disabled_at = null");
  house.pass_days(30);
  CHECK(house.restore("ada@example.org").problem(401, "wrong_credentials"));
  CHECK(house.log_in("ada@example.org").problem(401, "wrong_credentials"));
}

TEST_CASE("an account whose address was changed by a thief, and which was then deleted, comes back with its address") {
  Deletion house;
  const auto thief = house.sign_up("ada@example.org");
  REQUIRE(house.verify(house.link(MailLinkPurpose::verify_email)).status == 204);
  REQUIRE(house.ask("POST", "/users/me/email", bearer(thief), R"({"email":"thief@example.org"})").status == 202);
  REQUIRE(house.verify(house.link(MailLinkPurpose::change_email)).status == 204);
  REQUIRE(house.remove(thief).status == 202);
  REQUIRE(house.verify(house.link(MailLinkPurpose::undo_email_change)).status == 204);
  CHECK(house.restore("thief@example.org").problem(401, "wrong_credentials"));
  CHECK(house.restore("ada@example.org").problem(401, "wrong_credentials"));  // the thief knows this password
  REQUIRE(house.reset(house.link(MailLinkPurpose::reset_password), "another long password").status == 204);
  CHECK(house.log_in("ada@example.org", "another long password").status == 200);
}

TEST_CASE("who does not come back within 30 days is erased, others are not, and a second time does no harm") {
  Deletion house;
  const auto ada = house.sign_up("ada@example.org");
  const auto bob = house.sign_up("bob@example.org");
  const auto carol = house.sign_up("carol@example.org");
  REQUIRE(house.remove(ada).status == 202);
  house.pass_days(29);
  REQUIRE(house.remove(bob).status == 202);
  house.erase();
  CHECK(house.value("select count(*) from users") == "3");
  house.sql("update users set deleted_at = now() - interval '30 days' where email like 'ada%'");
  for (int i = 0; i < 2; ++i) house.erase();
  CHECK(house.value("select string_agg(email, ' ' order by email) from users") == "bob@example.org carol@example.org");
  CHECK(house.value("select count(*) from audit_log where action = 'user.erased' and actor_kind = 'system'") == "1");
  CHECK(house.me(carol).status == 200);
  CHECK(house.restore("bob@example.org").status == 204);
}

TEST_CASE("more people than one page are erased in one go") {
  Deletion house;
  house.sql(
      "insert into users (id, email, name, deleted_at) select gen_random_uuid(), 'u' || n || '@example.org', 'U', "
      "now() - n * interval '1 day' from generate_series(1, 280) n");
  house.erase();
  CHECK(house.value("select count(*) from users") == "29");
}

TEST_CASE("the export has what is kept about oneself, nothing of others, and no secret") {
  Deletion house;
  house.peer = "198.51.100.77";
  const auto ada = house.sign_up("ada@example.org");
  house.peer = "192.0.2.99";
  REQUIRE(house.sign_up("bob@example.org").status == 201);
  house.peer = "198.51.100.77";
  const auto user = ada.body["user"]["id"].get<std::string>();
  house.sql("update users set mfa_secret = 'a sealed secret', mfa_recovery_hashes = array['a recovery hash']");
  house.sql(
      "insert into audit_log (actor_kind, actor_id, action, target_kind, target_id, address, outcome) values "
      "('admin', gen_random_uuid(), 'user.disabled', 'user', '" +
      user +
      "', '203.0.113.9', 'done'), "
      "('nobody', null, 'auth.login', 'user', '" +
      user + "', '198.51.100.78', 'failed')");
  house.clock += std::chrono::minutes{10};
  CHECK(house.export_of(ada).problem(403, "reauthentication_required"));
  const auto file = house.export_of(house.reauthenticate(ada));
  REQUIRE(file.status == 200);
  CHECK(file.header("Content-Disposition") == "attachment; filename=\"epicura-2026-11-20.json\"");
  CHECK(file.header("Cache-Control") == "no-store");
  CHECK(http::api_schemas().check("UserExport", file.body).empty());
  const auto& kept = file.body["kept"];
  CHECK(kept["account"].size() == 1);
  CHECK(kept["account"][0]["email"] == "ada@example.org");
  CHECK(parse_rfc3339(kept["account"][0]["created_at"].get<std::string>()));
  CHECK(kept["sessions"][0]["address"] == "198.51.100.77");
  CHECK(kept["mail_links"][0]["purpose"] == "verify_email");
  CHECK(kept["jobs"][0]["mail"] == "verify_email");
  CHECK(kept["audit_log"].size() >= 2);
  const auto text = file.body.dump();
  for (const std::string secret : {"bob@", "192.0.2.99", "203.0.113.9", "argon2", "sealed", "recovery hash",
                                   "refresh_hash", "password_hash", "mfa_secret", "token_hash"})
    CHECK_MESSAGE(text.find(secret) == std::string::npos, secret);
  CHECK(text.find("198.51.100.78") != std::string::npos);  // who tried to get in
  CHECK(house.value("select count(*) from audit_log where action = 'user.exported' and actor_id = '" + user + "'") ==
        "1");
}
