// Accounts in the hands of admins.

#include "schema/audit_chain.hpp"
#include "schema/pg/admin_queries.hpp"
#include "tests/actors/admins.hpp"

using namespace epicura;
using namespace epicura::tests;

namespace {

std::vector<std::string> emails(const Answer& page) {
  REQUIRE(page.status == 200);
  std::vector<std::string> out;
  for (const auto& item : page.body["items"]) out.push_back(item["email"]);
  return out;
}

using Emails = std::vector<std::string>;

}  // namespace

TEST_CASE("the routes of admins are for admins, and for nobody else") {
  Admins house;
  const auto ada = house.sign_up("ada@example.org");
  const auto id = house.id_of("ada@example.org");
  const auto device = ApiHouse::token(house.register_device());
  const std::vector<std::pair<std::string, std::string>> routes{{"GET", "/admin/users"},
                                                                {"PATCH", "/admin/users/" + id},
                                                                {"POST", "/admin/users/" + id + "/sessions/revoke"},
                                                                {"GET", "/admin/audit-log"},
                                                                {"GET", "/admin/jobs"},
                                                                {"POST", "/admin/jobs/" + id + "/retry"},
                                                                {"GET", "/admin/dead-letters"},
                                                                {"POST", "/admin/dead-letters/" + id + "/replay"}};
  for (const auto& [method, path] : routes) {
    CAPTURE(path);
    const std::string body = method == "PATCH" ? R"({"disabled":true})" : "";
    CHECK(house.ask(method, path, {}, body).problem(401, "unauthorized"));
    CHECK(house.ask(method, path, "Bearer nonsense", body).problem(401, "unauthorized"));
    CHECK(house.ask(method, path, bearer(ada), body).problem(403, "forbidden"));
    CHECK(house.ask(method, path, house.person(Role::user), body).problem(403, "forbidden"));
    CHECK(house.ask(method, path, device, body).problem(403, "forbidden"));
  }
  CHECK(house.me(ada).status == 200);
}

TEST_CASE("users are listed, the newest first, with what admins need to know, and each look is told of") {
  Admins house;
  REQUIRE(house.sign_up("ada@example.org").status == 201);
  house.sql("update users set mfa_enabled_at = now() where email = 'ada@example.org'");
  const auto page = house.get("/admin/users");
  CHECK(emails(page) == Emails{"ada@example.org", "root@example.org"});
  CHECK(page.body["total"] == 2);
  CHECK(page.body["next_cursor"].is_null());
  const auto& ada = page.body["items"][0];
  CHECK(ada["mfa_enabled"] == true);
  CHECK(ada["disabled_at"].is_null());
  CHECK(ada["last_signed_in_at"].is_string());
  CHECK(ada["role"] == "user");
  CHECK(page.body["items"][1]["role"] == "admin");
  CHECK(house.entries("user.listed") == 1);
  CHECK(house.get("/admin/users?q=ADA&role=user&limit=7").status == 200);
  CHECK(house.entry("user.listed", "detail") == R"({"q": true, "role": "user", "limit": "7"})");
  CHECK(house.entry("user.listed", "actor_id") == house.id_of("root@example.org"));
  CHECK(house.entry("user.listed", "actor_kind") == "admin");
  CHECK(house.entry("user.listed", "request_id") == house.request_id);
  CHECK(house.get("/admin/users?limit=0").points_at("/query/limit"));
  CHECK(house.entries("user.listed") == 2);
}

TEST_CASE("users are found by a part of address or name in any case, by role and by status") {
  Admins house;
  REQUIRE(house.sign_up("Ada.Lovelace@example.org").status == 201);
  REQUIRE(house.sign_up("bob@example.org").status == 201);
  REQUIRE(house.sign_up("odd_1@example.org").status == 201);
  house.sql("update users set name = 'Zoë Ο’ΣΟΦΟΣ 100% a\\b' where email = 'bob@example.org'");
  house.sql("update users set disabled_at = now() where email = 'odd_1@example.org'");
  const auto found = [&](const std::string& query) { return emails(house.get("/admin/users?" + query)); };
  const auto q = [&](const std::string& text) { return found("q=" + Admins::escaped(text)); };
  CHECK(q("LOVELACE") == Emails{"Ada.Lovelace@example.org"});
  CHECK(q("zOË") == Emails{"bob@example.org"});
  CHECK(q("σοφος") == Emails{"bob@example.org"});
  CHECK(q("example").size() == 4);
  // What LIKE would take for a wildcard, and what would end a text of SQL.
  CHECK(q("%") == Emails{"bob@example.org"});
  CHECK(q("0% A") == Emails{"bob@example.org"});
  CHECK(q("_") == Emails{"odd_1@example.org"});
  CHECK(q("d_1") == Emails{"odd_1@example.org"});
  CHECK(q("\\") == Emails{"bob@example.org"});
  const Emails nothing{
      "'",   "' or ''='", "'; drop table users; --", "\"", "\r\n", "a\r\nSet-Cookie: x", "=cmd()", "%%", "\\\\", "$1",
      "b_b", "a_a",       std::string(512, '%')};
  for (const auto& text : nothing) CHECK_MESSAGE(q(text).empty(), text);
  CHECK(house.get("/admin/users?q=" + Admins::escaped(std::string(513, 'a'))).points_at("/query/q"));
  CHECK(house.get("/admin/users?q=").points_at("/query/q"));
  CHECK_FALSE(http::read_query("q=%00", *http::match(http::api_routes, "GET", "/admin/users").route));
  CHECK(found("role=ADMIN") == Emails{"root@example.org"});
  CHECK(house.get("/admin/users?role=' or 1=1").points_at("/query/role"));
  CHECK(found("status=active") == Emails{"root@example.org"});
  CHECK(found("status=disabled") == Emails{"odd_1@example.org"});
  CHECK(found("status=unverified") == Emails{"bob@example.org", "Ada.Lovelace@example.org"});
  CHECK(house.get("/admin/users?status=unverified").body["total"] == 2);
}

TEST_CASE("the pages of users stay what they are while others sign up") {
  Admins house;
  house.sql(
      "insert into users (id, email, name) select ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, "
      "n || '@example.org', 'n' from generate_series(1, 7) n");
  const auto first = house.get("/admin/users?limit=3");
  REQUIRE(first.body["items"].size() == 3);
  REQUIRE(house.sign_up("late@example.org").status == 201);
  const auto second = house.get("/admin/users?limit=3&cursor=" + first.body["next_cursor"].get<std::string>());
  CHECK(emails(second) == Emails{"5@example.org", "4@example.org", "3@example.org"});
  CHECK(second.body["total"] == 9);
  CHECK(all_ids(house, "/admin/users?", 2).size() == 9);
  CHECK(emails(house.get("/admin/users?limit=2&offset=2")) == Emails{"7@example.org", "6@example.org"});
  CHECK(emails(house.get("/admin/users?offset=9")).empty());
  CHECK(house.get("/admin/users?offset=-1").points_at("/query/offset"));
  CHECK(house.get("/admin/users?offset=1&cursor=" + first.body["next_cursor"].get<std::string>())
            .points_at("/query/offset"));
  for (const auto& junk : junk_cursors)
    CHECK_MESSAGE(house.get("/admin/users?cursor=" + junk).points_at("/query/cursor"), junk);
}

TEST_CASE("a disabled user is out at once on all nodes and cannot come in, until enabled") {
  Admins house;
  const auto ada = house.sign_up("ada@example.org");
  const auto phone = house.log_in("ada@example.org");
  const auto id = house.id_of("ada@example.org");
  house.revoked.clear();
  const auto changed = house.change(house.root, id, {{"disabled", true}});
  REQUIRE(changed.status == 200);
  CHECK(changed.body["disabled_at"].is_string());
  CHECK(changed.body["email"] == "ada@example.org");
  CHECK(house.revoked.size() == 2);
  CHECK(house.me(ada).status == 401);
  CHECK(house.me(phone).status == 401);
  CHECK(house.refresh(ada).status == 401);
  CHECK(house.log_in("ada@example.org").status == 403);
  CHECK(house.value("select string_agg(distinct end_reason, ',') from token_families where ended_at is not null") ==
        "disabled");
  CHECK(house.entry("user.changed", "detail") ==
        R"({"after": {"role": "user", "disabled": true}, "before": {"role": "user", "disabled": false}, )"
        R"("name_changed": false, "sessions_ended": 2})");
  CHECK(house.entry("user.changed", "target_kind || ' ' || target_id") == "user " + id);
  CHECK(house.entry("user.changed", "actor_id") == house.id_of("root@example.org"));
  const auto again = house.change(house.root, id, {{"disabled", true}});
  CHECK(again.body["disabled_at"] == changed.body["disabled_at"]);
  CHECK(house.revoked.size() == 2);
  CHECK(house.change(house.root, id, {{"disabled", false}}).body["disabled_at"].is_null());
  CHECK(house.log_in("ada@example.org").status == 200);
}

TEST_CASE("a role is read in any case, and written in one") {
  Admins house;
  const auto ada = house.sign_up("ada@example.org").body["user"]["id"].get<std::string>();
  const auto changed = house.change(house.root, ada, {{"role", "ADMIN"}});
  CHECK(changed.status == 200);
  CHECK(changed.body["role"] == "admin");
}

TEST_CASE("another role ends the sessions that had the old one; a name does not") {
  Admins house;
  const auto ada = house.sign_up("ada@example.org");
  const auto id = house.id_of("ada@example.org");
  CHECK(house.change(house.root, id, {{"name", "Ada L."}}).body["name"] == "Ada L.");
  CHECK(house.entry("user.changed", "detail->'name_changed'") == "true");
  CHECK(house.entry("user.changed", "detail::text like '%Ada%'") == "f");
  CHECK(house.me(ada).status == 200);
  CHECK(house.change(house.root, id, {{"role", "user"}}).status == 200);
  CHECK(house.me(ada).status == 200);
  CHECK(house.change(house.root, id, {{"role", "admin"}}).body["role"] == "admin");
  CHECK(house.me(ada).status == 401);
  const auto admin = house.log_in("ada@example.org");
  CHECK(house.ask("GET", "/admin/users", bearer(admin)).status == 200);
  CHECK(house.change(house.root, id, {{"role", "user"}}).status == 200);
  CHECK(house.ask("GET", "/admin/users", bearer(admin)).status == 401);
  CHECK(house.value("select count(*) from token_families where end_reason = 'revoked'") == "2");
}

TEST_CASE("admins cannot disable or demote themselves; what is no change of a user is refused") {
  Admins house;
  const auto id = house.id_of("root@example.org");
  CHECK(house.change(house.root, id, {{"role", "user"}}).problem(409, "own_account"));
  CHECK(house.change(house.root, id, {{"disabled", true}}).problem(409, "own_account"));
  CHECK(house.change(house.root, id, {{"role", "admin"}, {"disabled", false}, {"name", "Root"}}).status == 200);
  CHECK(house.me(house.root).status == 200);
  CHECK(house.entries("user.changed") == 1);
  const auto absent = Uuid::v7().str();
  CHECK(house.change(house.root, absent, {{"disabled", true}}).problem(404, "not_found"));
  CHECK(house.change(house.root, "nonsense", {{"disabled", true}}).problem(404, "not_found"));
  CHECK(house.change(house.root, absent, Json::object()).problem(422, "validation"));
  CHECK(house.change(house.root, absent, {{"email", "x@example.org"}}).points_at("/email"));
  CHECK(house.change(house.root, absent, {{"role", "owner"}}).points_at("/role"));
  CHECK(house.change(house.root, absent, {{"disabled", nullptr}}).points_at("/disabled"));
  CHECK(house.change(house.root, absent, {{"name", "a\r\nb"}}).points_at("/name"));
  CHECK(house.change(house.root, absent, {{"name", std::string("a\0b", 3)}}).points_at("/name"));
  house.clock += std::chrono::minutes{10};
  CHECK(house.change(house.root, absent, {{"name", "x"}}).problem(403, "reauthentication_required"));
  CHECK(house.ask("PATCH", "/admin/users/" + absent, house.admin(), R"({"name":"x"})")
            .problem(403, "reauthentication_required"));
}

TEST_CASE("of two admins who demote each other at the same moment one stays") {
  Admins house;
  const auto other = house.make_admin("other@example.org");
  const auto a = *Uuid::parse(house.id_of("root@example.org"));
  const auto b = *Uuid::parse(house.id_of("other@example.org"));
  const auto unit = [](const Uuid& by, const Uuid& whom) {
    namespace q = pg::queries;
    return std::vector<std::pair<const pg::Statement*, pg::Params>>{
        {&q::lock_admins, {}},
        {&q::change_user,
         pg::params_of(by, whom, std::optional<std::string_view>("user"), std::optional<bool>(),
                       std::optional<std::string_view>(), std::string_view("r"), std::string_view(""))}};
  };
  pg::TestClient one(house.conninfo);
  pg::TestClient two(house.conninfo);
  pg::Session blocker(house.conninfo);
  blocker.ask("begin");
  blocker.ask("select pg_advisory_xact_lock(1701865827, 4)");  // the audit log's: the first is held up before its end
  auto first = one.submit(unit(a, b));
  const auto waiting = [&](const std::string& how_many) {
    return pg::eventually([&] {
      return house.value(
                 "select count(*) from pg_stat_activity where wait_event_type = 'Lock' "
                 "and datname = current_database()") == how_many;
    });
  };
  REQUIRE(waiting("1"));
  auto second = two.submit(unit(b, a));
  REQUIRE(waiting("2"));
  blocker.ask("commit");
  const auto done = pg::get(first);
  const auto refused = pg::get(second);
  INFO(done.message, refused.message);
  REQUIRE(done.ok());
  REQUIRE(refused.ok());
  CHECK(done.results[1].text(0, 0) == "changed");
  CHECK(refused.results[1].text(0, 0) == "not_admin");
  CHECK(house.value("select string_agg(email, ',') from users where role = 'admin'") == "root@example.org");
  CHECK(house.entries("user.changed") == 1);
}

TEST_CASE("an admin signs a user out everywhere") {
  Admins house;
  const auto ada = house.sign_up("ada@example.org");
  const auto id = house.id_of("ada@example.org");
  house.revoked.clear();
  CHECK(house.post("/admin/users/" + id + "/sessions/revoke").status == 204);
  CHECK(house.me(ada).status == 401);
  CHECK(house.revoked.size() == 1);
  CHECK(house.entry("user.sessions_revoked", "detail") == R"({"sessions_ended": 1})");
  CHECK(house.entry("user.sessions_revoked", "target_id") == id);
  CHECK(house.log_in("ada@example.org").status == 200);
  CHECK(house.post("/admin/users/" + Uuid::v7().str() + "/sessions/revoke").problem(404, "not_found"));
  CHECK(house.entries("user.sessions_revoked") == 1);
}
