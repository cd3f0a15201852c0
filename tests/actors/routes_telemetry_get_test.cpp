#include "tests/actors/api_house.hpp"

using namespace epicura;
using namespace epicura::tests;

namespace {

struct History {
  ApiHouse house;
  Uuid device = house.register_device();
  std::string path = "/devices/" + device.str() + "/telemetry";

  History() { house.sql("select epicura_make_partitions('2026-11-17', '2026-11-21')"); }

  void insert(const std::string& values) const {
    house.sql("insert into device_telemetry (device_id, metric, recorded_at, seq, value, unit, session_id) " + values);
  }
  // `count` readings of each metric, a minute between them, the last one just before `end`.
  void fill(int count, const std::string& metrics = "'humidity','temperature'",
            const std::string& end = "2026-11-20 12:00+00") const {
    insert("select '" + device.str() + "', m, timestamptz '" + end +
           "' - n * interval '1 minute', n, n / 2.0, 'u', null " + "from generate_series(1, " + std::to_string(count) +
           ") n, unnest(array[" + metrics + "]) m");
  }
  Answer page(const std::string& query = {}) {
    return house.ask("GET", path + (query.empty() ? "" : "?" + query), ApiHouse::token(device));
  }
  // Follows next_cursor to the end; `between` is called between two pages.
  template <class Between>
  std::vector<Json> walk(const std::string& query, std::size_t limit, Between between) {
    std::vector<Json> items;
    std::string cursor;
    for (int pages = 0; pages < 1000; ++pages) {
      const auto answer = page(query + "&limit=" + std::to_string(limit) + (cursor.empty() ? "" : "&cursor=" + cursor));
      REQUIRE(answer.status == 200);
      for (const auto& item : answer.body["items"]) items.push_back(item);
      if (answer.body["next_cursor"].is_null()) return items;
      CHECK(answer.body["items"].size() == limit);
      cursor = answer.body["next_cursor"];
      between();
    }
    FAIL("the pages do not end");
    return items;
  }
};

std::vector<double> values(const Json& items) {
  std::vector<double> out;
  for (const auto& item : items) out.push_back(item["value"]);
  return out;
}

}  // namespace

TEST_CASE("readings are shown newest first, 20 of them, what is absent as null") {
  History history;
  history.fill(30, "'temperature'");
  const auto session = Uuid::v7().str();
  history.insert("values ('" + history.device.str() +
                 "', 'a.b', '2026-11-20 12:00:00.123+00', -1, -0.5, null, null), ('" + history.device.str() +
                 "', 'a', '2026-11-20 12:00:00.122+00', 7, 1e300, 'C', '" + session + "')");
  const auto answer = history.page();
  REQUIRE(answer.status == 200);
  CHECK(answer.body["items"].size() == 20);
  CHECK(answer.body["total"].is_null());
  CHECK(answer.body["next_cursor"].is_string());
  CHECK(answer.body["items"][0] == Json{{"metric", "a.b"},
                                        {"value", -0.5},
                                        {"ts", "2026-11-20T12:00:00.123Z"},
                                        {"unit", nullptr},
                                        {"session_id", nullptr},
                                        {"seq", nullptr}});
  CHECK(answer.body["items"][1] == Json{{"metric", "a"},
                                        {"value", 1e300},
                                        {"ts", "2026-11-20T12:00:00.122Z"},
                                        {"unit", "C"},
                                        {"session_id", session},
                                        {"seq", 7}});
  CHECK(answer.body["items"][2]["ts"] == "2026-11-20T11:59:00.000Z");
}

TEST_CASE("no readings are an empty page") {
  History history;
  CHECK(history.page().body == Json{{"items", Json::array()}, {"next_cursor", nullptr}, {"total", nullptr}});
}

TEST_CASE("from is in the range, to is not") {
  History history;
  history.fill(5, "'t'");
  CHECK(values(history.page("from=2026-11-20T11:57:00Z&to=2026-11-20T11:59:00Z").body["items"]) ==
        std::vector<double>{1, 1.5});
  CHECK(values(history.page("from=2026-11-20T11:58:00.001Z").body["items"]) == std::vector<double>{0.5});
  CHECK(values(history.page("to=2026-11-20T12:56:00%2B01:00").body["items"]) == std::vector<double>{2.5});
  CHECK(history.page("from=2026-11-20T11:59:00Z&to=2026-11-20T11:59:00Z").body["items"].empty());
  CHECK(history.page("from=2026-11-20T13:00:00Z&to=2026-11-20T11:00:00Z").body["items"].empty());
  for (const auto* bad : {"yesterday", "", "2026-13-01T00:00:00Z", "infinity", "1763640000000"}) {
    CAPTURE(bad);
    CHECK(history.page(std::string("from=") + bad).points_at("/query/from"));
    CHECK(history.page(std::string("to=") + bad).points_at("/query/to"));
  }
}

TEST_CASE("metrics are chosen by name, any number of them") {
  History history;
  history.fill(3, "'a','b','c.d'");
  const auto metrics_of = [&](const std::string& query) {
    std::map<std::string, int> out;
    const auto answer = history.page(query);
    for (const auto& item : answer.body["items"]) ++out[item["metric"]];
    return out;
  };
  CHECK(metrics_of("metric=a") == std::map<std::string, int>{{"a", 3}});
  CHECK(metrics_of("metric=a&metric=c.d") == std::map<std::string, int>{{"a", 3}, {"c.d", 3}});
  CHECK(metrics_of("metric=A").empty());  // names are told apart by case
  CHECK(history.page("metric=a/b").points_at("/query/metric"));
  CHECK(history.page("metric=").points_at("/query/metric"));
}

TEST_CASE("a page has 1 to 100 readings") {
  History history;
  history.fill(60);
  CHECK(history.page("limit=1").body["items"].size() == 1);
  CHECK(history.page("limit=100").body["items"].size() == 100);
  for (const auto* bad : {"0", "101", "-1", "1.5", "ten", "", "1e1", "9999999999999999999999"}) {
    CAPTURE(bad);
    CHECK(history.page(std::string("limit=") + bad).points_at("/query/limit"));
  }
  CHECK(history.page("page=2").points_at("/query/page"));
}

TEST_CASE("the pages give each reading once, in one order, over days and over equal times") {
  History history;
  history.fill(40, "'a','b'", "2026-11-19 00:20+00");  // across midnight
  history.insert("select '" + history.device.str() + "', m, '2026-11-18 10:00+00', s, s, null, null " +
                 "from unnest(array['a','b','B']) m, generate_series(-1, 8) s");  // one time, thirty readings
  for (const std::size_t limit : {1, 7, 10, 100}) {
    CAPTURE(limit);
    const auto items = history.walk("", limit, [] {});
    CHECK(items.size() == 110);
    const auto key = [](const Json& item) {
      return std::tuple(item["ts"].get<std::string>(), item["metric"].get<std::string>(),
                        item["seq"].is_null() ? -1 : item["seq"].get<int>());
    };
    bool falls = true;
    for (std::size_t i = 1; i < items.size(); ++i) falls = falls && key(items[i]) < key(items[i - 1]);
    CHECK(falls);
  }
  CHECK(history.walk("metric=a&from=2026-11-18T10:00:00Z&to=2026-11-19T00:00:00Z", 3, [] {}).size() == 30);
}

TEST_CASE("a last page that is full has no next one") {
  History history;
  history.fill(10, "'t'");
  CHECK(history.page("limit=10").body["next_cursor"].is_null());
  CHECK(history.page("limit=9").body["next_cursor"].is_string());
}

TEST_CASE("who writes while another turns pages takes nothing from them, and adds only what is older") {
  History history;
  history.fill(30, "'t'");
  int round = 0;
  const auto items = history.walk("", 10, [&] {
    ++round;
    history.insert("values ('" + history.device.str() + "', 'new', '2026-11-20 12:00+00', " + std::to_string(round) +
                   ", 1, null, null), ('" + history.device.str() + "', 'old', '2026-11-17 12:00+00', " +
                   std::to_string(round) + ", 1, null, null)");
  });
  std::map<std::string, int> count;
  for (const auto& item : items) ++count[item["metric"]];
  CHECK(count["t"] == 30);
  CHECK(count["new"] == 0);
  CHECK(count["old"] == round);
}

TEST_CASE("a cursor that none of ours is, is 422") {
  History history;
  history.fill(30);
  const std::string good = history.page("limit=5").body["next_cursor"];
  CHECK(history.page("cursor=" + good).status == 200);
  for (const auto& bad : {std::string(""), std::string("x"), std::string("MXx8"), good + "A", good.substr(0, 4),
                          std::string("null"), "!" + good, std::string(4000, 'A')}) {
    CAPTURE(bad.substr(0, 80));
    CHECK(history.page("cursor=" + bad).points_at("/query/cursor"));
  }
}

TEST_CASE("whose readings they are not sees none, and does not hear that they are there") {
  History history;
  history.fill(3);
  auto& house = history.house;
  const auto other = house.register_device();
  CHECK(house.ask("GET", history.path, ApiHouse::token(other)).problem(404, "not_found"));
  CHECK(house.ask("GET", history.path, house.person(Role::user)).problem(404, "not_found"));
  // Nor what is wrong with the question.
  CHECK(house.ask("GET", history.path + "?limit=0", ApiHouse::token(other)).problem(404, "not_found"));
  CHECK(house.ask("GET", history.path + "?limit=0", ApiHouse::token(history.device)).problem(422, "validation"));
  CHECK(house.ask("GET", "/devices/" + Uuid::v7().str() + "/telemetry", house.admin()).problem(404, "not_found"));
  CHECK(house.ask("GET", history.path).status == 401);
  const auto answer = house.ask("GET", "/appliances/" + history.device.str() + "/telemetry?limit=2", house.admin());
  CHECK(answer.status == 200);
  CHECK(answer.body["items"].size() == 2);
  CHECK(house.ask("GET", "/devices/" + other.str() + "/telemetry", ApiHouse::token(other)).body["items"].empty());
}
