// Devices and the people who have a right to them.

#include "tests/actors/accounts.hpp"

using namespace epicura;
using namespace epicura::tests;

namespace {

struct Kitchen : Accounts {
  Answer owner = sign_up("owner@example.org");
  Answer guest = sign_up("guest@example.org");
  Answer stranger = sign_up("stranger@example.org");
  Uuid device = register_device();
  std::string path = "/devices/" + device.str();

  Kitchen() {
    sql("select epicura_make_partitions('2026-11-17', '2026-11-21')");
    sql("update devices set owner_id = '" + id_of(owner) + "', owned_since = '2026-11-18 00:00+00'");
    sql("insert into device_shares (device_id, user_id, created_at) values ('" + device.str() + "', '" + id_of(guest) +
        "', '2026-11-19 00:00+00')");
    // One in the middle of each day, whose number is its value.
    sql("insert into device_telemetry (device_id, metric, recorded_at, seq, value) select '" + device.str() +
        "', 'temperature', timestamptz '2026-11-01 12:00+00' + (n - 1) * interval '1 day', n, n "
        "from generate_series(17, 20) n");
  }
  static std::string id_of(const Answer& who) { return who.body["user"]["id"]; }
  std::vector<double> values(const std::string& authorization, const std::string& query = {}) {
    const auto answer = ask("GET", path + "/telemetry" + query, authorization);
    REQUIRE(answer.status == 200);
    std::vector<double> out;
    for (const auto& item : answer.body["items"]) out.push_back(item["value"]);
    return out;
  }
};

}  // namespace

TEST_CASE("owner and guest see the device as it is, and readings since they have the right") {
  Kitchen kitchen;
  const auto whole = kitchen.ask("GET", kitchen.path, kitchen.admin());
  REQUIRE(whole.status == 200);
  CHECK(whole.body["owner"] == Kitchen::id_of(kitchen.owner));
  for (const auto* who : {&kitchen.owner, &kitchen.guest})
    CHECK(kitchen.ask("GET", kitchen.path, bearer(*who)).body == whole.body);
  using Values = std::vector<double>;
  CHECK(kitchen.values(kitchen.admin()) == Values{20, 19, 18, 17});
  CHECK(kitchen.values(ApiHouse::token(kitchen.device)) == Values{20, 19, 18, 17});
  CHECK(kitchen.values(bearer(kitchen.owner)) == Values{20, 19, 18});
  CHECK(kitchen.values(bearer(kitchen.guest)) == Values{20, 19});
}

TEST_CASE("no question and no cursor gets behind the time of the right") {
  Kitchen kitchen;
  const auto guest = bearer(kitchen.guest);
  using Values = std::vector<double>;
  CHECK(kitchen.values(guest, "?from=2026-11-01T00:00:00Z") == Values{20, 19});
  CHECK(kitchen.values(guest, "?from=2026-11-20T00:00:00Z") == Values{20});
  CHECK(kitchen.values(guest, "?to=2026-11-19T00:00:00Z").empty());
  CHECK(kitchen.values(guest, "?from=2026-11-17T00:00:00Z&to=2026-11-20T00:00:00Z") == Values{19});
  // The owner's cursor, which stands before the guest's time.
  const auto page = kitchen.ask("GET", kitchen.path + "/telemetry?limit=2", bearer(kitchen.owner));
  const auto cursor = page.body["next_cursor"].get<std::string>();
  CHECK(kitchen.values(bearer(kitchen.owner), "?cursor=" + cursor) == Values{18});
  CHECK(kitchen.values(guest, "?cursor=" + cursor).empty());
}

TEST_CASE("to a stranger a device is like one that is not there, whatever is asked of it") {
  Kitchen kitchen;
  const auto stranger = bearer(kitchen.stranger);
  const auto absent = "/devices/" + Uuid::v7().str();
  for (const std::string more :
       {"", "/telemetry", "/telemetry?limit=0", "/telemetry?cursor=x", "/telemetry?kettle=1", "?kettle=1"}) {
    CAPTURE(more);
    const auto one = kitchen.ask("GET", kitchen.path + more, stranger);
    CHECK(one.problem(404, "not_found"));
    CHECK(one.body == kitchen.ask("GET", absent + more, stranger).body);
    CHECK(one.body == kitchen.ask("GET", "/devices/no-uuid" + more, stranger).body);
    if (!more.ends_with("telemetry") && !more.empty())
      CHECK(kitchen.ask("GET", kitchen.path + more, bearer(kitchen.guest)).status == 422);
  }
  for (const auto* who : {&kitchen.owner, &kitchen.guest})
    CHECK(kitchen.ask("POST", kitchen.path + "/telemetry", bearer(*who), "{}").problem(403, "forbidden"));
}

TEST_CASE("a right that has ended is seen at once") {
  Kitchen kitchen;
  kitchen.sql("delete from device_shares");
  CHECK(kitchen.ask("GET", kitchen.path, bearer(kitchen.guest)).problem(404, "not_found"));
  kitchen.sql("update devices set owner_id = null, owned_since = null");
  for (const std::string more : {"", "/telemetry"})
    CHECK(kitchen.ask("GET", kitchen.path + more, bearer(kitchen.owner)).problem(404, "not_found"));
  CHECK(kitchen.ask("GET", kitchen.path, kitchen.admin()).body["owner"].is_null());
}

TEST_CASE("in production an admin without a second factor sees what a user sees") {
  Kitchen kitchen;
  kitchen.settings.environment = "production";
  CHECK(kitchen.ask("GET", kitchen.path, kitchen.admin()).problem(404, "not_found"));
  CHECK(kitchen.ask("GET", kitchen.path, kitchen.admin_with_code()).status == 200);
  CHECK(kitchen.ask("GET", kitchen.path, bearer(kitchen.owner)).status == 200);
}
