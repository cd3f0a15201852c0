// API keys of people: made, used within their scopes, and ended.

#include "tests/actors/accounts.hpp"

using namespace epicura;
using namespace epicura::tests;

namespace {

struct Keys : Accounts {
  // Somebody with a verified address, lately signed in.
  Answer verified(const std::string& email) {
    auto made = sign_up(email);
    sql("update users set email_verified = true where email = '" + email + "'");
    return made;
  }
  Answer make(const Answer& who, const Json& body) {
    return ask("POST", "/users/me/api-keys", bearer(who), dump_json(body));
  }
  Answer make(const Answer& who, const std::vector<std::string>& scopes = {"account:read"}) {
    return make(who, Json{{"name", "a program"}, {"scopes", scopes}});
  }
  Answer revoke(const Answer& who, const Answer& made) {
    return ask("DELETE", "/users/me/api-keys/" + made.body["id"].get<std::string>(), bearer(who));
  }
  Json list(const Answer& who) { return ask("GET", "/users/me/api-keys", bearer(who)).body; }
  Answer me_by(const Answer& made) { return ask("GET", "/auth/me", by(made)); }
  static std::string by(const Answer& made) { return "Bearer " + made.body.at("key").get<std::string>(); }
};

}  // namespace

TEST_CASE("an API key is shown once, acts for its user, and is listed without what it opens") {
  Keys house;
  const auto ada = house.verified("ada@example.org");
  const auto made = house.make(
      ada, Json{{"name", "the display"}, {"scopes", {"heat", "account:read", "heat"}}, {"expires_in_days", 7}});
  REQUIRE(made.status == 201);
  CHECK(made.body["name"] == "the display");
  CHECK(made.body["scopes"] == Json{"account:read", "heat"});
  CHECK(made.body["last_used_at"].is_null());
  const auto life = *parse_rfc3339(made.body["expires_at"].get<std::string>()) -
                    *parse_rfc3339(made.body["created_at"].get<std::string>());
  CHECK(life == std::chrono::hours{7 * 24});
  CHECK(house.me_by(made).body == house.me(ada).body);

  auto listed = house.list(ada);
  CHECK(listed["total"] == 1);
  const auto item = listed["items"][0];
  for (const auto* field : {"id", "name", "scopes", "created_at", "expires_at"}) CHECK(item[field] == made.body[field]);
  CHECK(item.size() == 6);
  const auto text = made.body["key"].get<std::string>();
  CHECK(listed.dump().find(text.substr(4)) == std::string::npos);
  CHECK(house.value("select k::text from api_keys k").find(text.substr(4)) == std::string::npos);
  REQUIRE(pg::eventually([&] { return !house.list(ada)["items"][0]["last_used_at"].is_null(); }));
}

TEST_CASE("a key says what is wrong with it, and lives 90 days unless told") {
  Keys house;
  const auto ada = house.verified("ada@example.org");
  const auto with = [&](const Json& more) {
    Json body{{"name", "a program"}, {"scopes", {"heat"}}};
    body.update(more);
    return house.make(ada, body);
  };
  CHECK(with({{"scopes", Json::array()}}).points_at("/scopes"));
  CHECK(with({{"scopes", {"heat", "devices:write"}}}).points_at("/scopes/1"));
  CHECK(with({{"scopes", {7}}}).points_at("/scopes/0"));
  CHECK(with({{"name", ""}}).points_at("/name"));
  CHECK(with({{"name", "two\nlines"}}).points_at("/name"));
  CHECK(with({{"expires_in_days", 0}}).points_at("/expires_in_days"));
  CHECK(with({{"expires_in_days", 366}}).points_at("/expires_in_days"));
  CHECK(with({{"color", "red"}}).points_at("/color"));
  CHECK(house.list(ada)["total"] == 0);
  CHECK(with({{"expires_in_days", 365}}).status == 201);
  REQUIRE(with(Json::object()).status == 201);
  CHECK(house.value("select extract(epoch from expires_at - created_at)::bigint / 86400 from api_keys order by "
                    "created_at desc limit 1") == "90");
}

TEST_CASE("keys are made by who has proved their address, and changed by who has just proved the password") {
  Keys house;
  const auto ada = house.sign_up("ada@example.org");
  CHECK(house.make(ada).problem(403, "email_unverified"));
  CHECK(house.list(ada)["total"] == 0);
  REQUIRE(house.verify(house.link(MailLinkPurpose::verify_email)).status == 204);
  const auto key = house.make(ada);
  REQUIRE(key.status == 201);
  house.clock += std::chrono::minutes{10};
  CHECK(house.make(ada).problem(403, "reauthentication_required"));
  CHECK(house.revoke(ada, key).problem(403, "reauthentication_required"));
  CHECK(house.list(ada)["total"] == 1);
  const auto fresh = house.reauthenticate(ada);
  CHECK(house.make(fresh).status == 201);
  CHECK(house.revoke(fresh, key).status == 204);
}

TEST_CASE("a key opens what its scopes name, and heat is in no other") {
  Keys house;
  const auto ada = house.verified("ada@example.org");
  const auto device = house.register_device();
  house.sql("update devices set owner_id = (select id from users), owned_since = '2026-11-01 00:00+00'");
  const auto path = "/devices/" + device.str();
  const std::vector<std::pair<std::string, std::string>> doors{
      {"account:read", "/auth/me"}, {"devices:read", path}, {"telemetry:read", path + "/telemetry"}};
  for (const auto& scope : all_scopes) {
    const auto key = house.make(ada, std::vector<std::string>{std::string(scope.name)});
    REQUIRE(key.status == 201);
    for (const auto& [needed, target] : doors) {
      CAPTURE(target);
      const auto answer = house.ask("GET", target, Keys::by(key));
      if (needed == scope.name) {
        CHECK(answer.status == 200);
      } else {
        CHECK(answer.problem(403, "forbidden"));
        CHECK(answer.body["detail"].get<std::string>().find(needed) != std::string::npos);
      }
    }
    // A key makes no keys, ends no sessions and sees no list of them.
    for (const std::string target : {"/users/me/api-keys", "/users/me/auth-sessions"})
      CHECK(house.ask("GET", target, Keys::by(key)).problem(403, "forbidden"));
    CHECK(house.ask("POST", "/auth/logout-all", Keys::by(key)).problem(403, "forbidden"));
    CHECK(house.ask("POST", "/auth/logout", Keys::by(key)).status == 401);
  }
}

TEST_CASE("a key that was revoked, has expired, is forged or of a disabled user is no token at all") {
  Keys house;
  const auto ada = house.verified("ada@example.org");
  const auto bob = house.verified("bob@example.org");
  const auto revoked = house.make(ada);
  const auto expired = house.make(ada);
  const auto living = house.make(ada);
  const auto of_bob = house.make(bob);
  for (const auto* key : {&revoked, &expired, &living, &of_bob}) REQUIRE(house.me_by(*key).status == 200);
  CHECK(house.revoke(bob, revoked).problem(404, "not_found"));
  CHECK(house.me_by(revoked).status == 200);
  REQUIRE(house.revoke(ada, revoked).status == 204);
  CHECK(house.revoke(ada, revoked).problem(404, "not_found"));
  house.sql("update api_keys set created_at = now() - interval '90 days', expires_at = now() where id = '" +
            expired.body["id"].get<std::string>() + "'");
  house.sql("update users set disabled_at = now() where email = 'bob@example.org'");
  const auto forged = "Bearer " + ApiKeys({std::string(32, 'x'), {}}).issue(Uuid::v7()).text;
  const auto unknown = "Bearer " + house.api_keys.issue(Uuid::v7()).text;
  const auto other = "Bearer " + house.api_keys.issue(*Uuid::parse(living.body["id"].get<std::string>())).text;
  const auto junk = house.ask("GET", "/auth/me", "Bearer junk");
  for (const auto& authorization : {Keys::by(revoked), Keys::by(expired), Keys::by(of_bob), forged, unknown, other}) {
    const auto answer = house.ask("GET", "/auth/me", authorization);
    CHECK(answer.problem(401, "unauthorized"));
    CHECK(answer.body == junk.body);
  }
  CHECK(house.me_by(living).status == 200);
  CHECK(house.list(ada)["total"] == 1);
}

TEST_CASE("twenty keys of a user live at one time") {
  Keys house;
  const auto ada = house.verified("ada@example.org");
  Answer last;
  for (int i = 0; i < 20; ++i) {
    last = house.make(ada);
    REQUIRE(last.status == 201);
  }
  CHECK(house.make(ada).problem(409, "too_many_keys"));
  CHECK(house.make(house.verified("bob@example.org")).status == 201);
  REQUIRE(house.revoke(ada, last).status == 204);
  CHECK(house.make(ada).status == 201);
  CHECK(house.list(ada)["total"] == 20);
}

TEST_CASE("a key of an admin's may what a user may") {
  Keys house;
  house.verified("ada@example.org");
  house.sql("update users set role = 'admin'");
  const auto ada = house.log_in("ada@example.org");
  const auto path = "/devices/" + house.register_device().str();
  CHECK(house.ask("GET", path, bearer(ada)).status == 200);
  const auto key = house.make(ada, std::vector<std::string>{"devices:read"});
  REQUIRE(key.status == 201);
  CHECK(house.ask("GET", path, Keys::by(key)).problem(404, "not_found"));
  house.sql("update devices set owner_id = (select id from users), owned_since = now()");
  CHECK(house.ask("GET", path, Keys::by(key)).status == 200);
}

TEST_CASE("who takes an address back ends the keys of whoever had taken it") {
  Keys house;
  const auto ada = house.verified("ada@example.org");
  const auto key = house.make(ada);
  REQUIRE(house.ask("POST", "/users/me/email", bearer(ada), R"({"email":"eve@example.org"})").status == 202);
  REQUIRE(house.verify(house.link(MailLinkPurpose::change_email)).status == 204);
  CHECK(house.me_by(key).status == 200);
  REQUIRE(house.verify(house.link(MailLinkPurpose::undo_email_change)).status == 204);
  CHECK(house.me_by(key).status == 401);
}
