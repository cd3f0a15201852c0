// The audit log over HTTP, as JSON and as CSV.

#include "tests/actors/admins.hpp"

using namespace epicura;
using namespace epicura::tests;

namespace {

const std::string ada = "0198c0de-0000-7000-8000-0000000000aa";

struct House : Admins {
  House() {
    add("user", ada, "auth.login", "user", ada, "{}");
    add("user", ada, "user.password_changed", "user", ada, "{}");
    add("admin", "0198c0de-0000-7000-8000-0000000000bb", "auth.login", "user", "other", R"({"a": 1})");
  }
  void add(const std::string& kind, const std::string& actor, const std::string& action, const std::string& target_kind,
           const std::string& target_id, const std::string& detail) {
    sql("insert into audit_log (actor_kind, actor_id, action, target_kind, target_id, request_id, outcome, detail) "
        "values ('" +
        kind + "', '" + actor + "', '" + action + "', '" + target_kind + "', '" + target_id + "', null, 'done', '" +
        detail + "')");
  }
  // The actions of a page.
  std::string actions(const std::string& query) {
    const auto page = get("/admin/audit-log?" + query);
    REQUIRE(page.status == 200);
    std::string out;
    for (const auto& item : page.body["items"]) out += item["action"].get<std::string>() + " ";
    return out;
  }
  std::string csv(const std::string& query) {
    usual.accept = "text/csv";
    auto page = get("/admin/audit-log?" + query);
    usual.accept.clear();
    REQUIRE(page.status == 200);
    CHECK(page.header("Content-Type") == "text/csv; charset=utf-8");
    link = page.header("Link");
    return page.text;
  }
  std::string link;
};

}  // namespace

TEST_CASE("the audit log is read newest first, and each look is an entry behind what was looked at") {
  House house;
  const auto first = house.get("/admin/audit-log?limit=1");
  REQUIRE(first.status == 200);
  CHECK(first.body["total"].is_null());
  const auto& newest = first.body["items"][0];
  CHECK(newest["action"] == "auth.login");
  CHECK(newest["target_id"] == "other");
  CHECK(newest["detail"] == Json{{"a", 1}});
  CHECK(newest["hash"].get<std::string>().size() == 64);
  CHECK(newest["request_id"].is_null());
  CHECK(house.entries("audit.read") == 1);
  const auto second = house.get("/admin/audit-log?limit=1");
  CHECK(second.body["items"][0]["action"] == "audit.read");
  CHECK(second.body["items"][0]["prev_hash"] == newest["hash"]);
  CHECK(second.body["items"][0]["detail"] == Json{{"limit", "1"}});
  CHECK(house.entries("audit.read") == 2);
}

TEST_CASE("entries are found by actor, action, target and time") {
  House house;
  CHECK(house.actions("actor_id=" + ada) == "user.password_changed auth.login ");
  CHECK(house.actions("action=auth.login&limit=2&target_id=other") == "auth.login ");
  CHECK(house.actions("target_kind=user&target_id=" + ada) == "user.password_changed auth.login ");
  CHECK(house.actions("target_kind=device&target_id=" + ada).empty());
  CHECK(house.actions("actor_id=" + ada + "&action=user.") == "user.password_changed ");
  CHECK(house.actions("to=2020-01-01T00:00:00Z").empty());
  CHECK(house.actions("from=2020-01-01T00:00:00Z&actor_id=" + ada) == "user.password_changed auth.login ");
  CHECK(house.entry("audit.read", "detail") == R"({"from": "2020-01-01T00:00:00Z", "actor_id": ")" + ada + "\"}");
  CHECK(house.actions("target_id=" + Admins::escaped("ada@example.org")).empty());
  CHECK(house.entry("audit.read", "detail") == R"({"target_id": true})");
  for (const std::string bad : {"'", "%", "_", "\\", "' or ''='", "auth%", "auth_login", "\r\n"}) {
    CHECK_MESSAGE(house.actions("action=" + Admins::escaped(bad)).empty(), bad);
    CHECK_MESSAGE(house.actions("target_id=" + Admins::escaped(bad)).empty(), bad);
    CHECK_MESSAGE(house.actions("target_kind=" + Admins::escaped(bad)).empty(), bad);
  }
  CHECK(house.get("/admin/audit-log?actor_id=x").points_at("/query/actor_id"));
  CHECK(house.get("/admin/audit-log?from=noon").points_at("/query/from"));
}

TEST_CASE("the pages of the audit log stay what they are while it grows") {
  House house;
  const auto seqs = all_ids(house, "/admin/audit-log?", 1, "seq");
  REQUIRE(seqs.size() >= 3);
  for (std::size_t i = 1; i < seqs.size(); ++i) CHECK(std::stol(seqs[i]) + 1 == std::stol(seqs[i - 1]));
  CHECK(seqs.back() == "1");
  for (const auto& junk : junk_cursors)
    CHECK_MESSAGE(house.get("/admin/audit-log?cursor=" + junk).points_at("/query/cursor"), junk);
}

TEST_CASE("as CSV a cell that would be a formula is text, and the next page is a link") {
  House house;
  house.add("user", ada, "x.y", "=cmd()", "+1,\"2\"\r\nz", "{}");
  const auto text = house.csv("target_kind=" + Admins::escaped("=cmd()"));
  CHECK(text.starts_with("seq,at,actor_kind,actor_id,action,target_kind,target_id,"));
  CHECK(text.find(",\"'=cmd()\",\"'+1,\"\"2\"\"\r\nz\",") != std::string::npos);
  CHECK(house.link.empty());
  CHECK(house.entries("audit.read") == 1);
  const auto first = house.csv("actor_id=" + ada + "&limit=1");
  CHECK(first.find(",x.y,") != std::string::npos);
  REQUIRE(house.link.starts_with("</api/v1/admin/audit-log?actor_id=" + ada + "&limit=1&cursor="));
  const auto target = house.link.substr(1, house.link.find('>') - 1);
  CHECK(house.link.ends_with(">; rel=\"next\""));
  CHECK(house.csv(target.substr(target.find('?') + 1)).find(",user.password_changed,") != std::string::npos);
  const auto csv_by = [&](const std::string& accept) {
    house.usual.accept = accept;
    return house.get("/admin/audit-log?limit=1").header("Content-Type").starts_with("text/csv");
  };
  CHECK(csv_by("application/json, Text/CSV;q=0.9"));
  CHECK_FALSE(csv_by("*/*"));
  CHECK_FALSE(csv_by("text/csv;q=0"));
  CHECK_FALSE(csv_by("text/csvx"));
}
