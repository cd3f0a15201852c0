#include <doctest/doctest.h>
#include <fmt/format.h>

#include <set>
#include <tuple>

#include "tests/pg/migrated.hpp"

namespace epicura::pg {

namespace {

constexpr const char* noon = "2026-05-05T12:00:00Z";

const std::string& database() {
  static const std::string conninfo = [] {
    auto made = migrated_database("readings");
    TestClient(made).rows(queries::make_partitions, make_days("2026-05-01T00:00:00Z", "2026-05-08T00:00:00Z"));
    return made;
  }();
  return conninfo;
}

Reading reading(std::string metric, double value, Timestamp ts, std::int64_t seq = -1) {
  return {.metric = std::move(metric), .value = value, .ts = ts, .seq = seq, .unit = "", .session_id = {}};
}

Params batch(const Uuid& device, const std::vector<Reading>& readings) {
  std::vector<DeviceReading> items;
  items.reserve(readings.size());
  for (const auto& item : readings) items.push_back({device, &item});
  return readings_params(items);
}

struct Cursor {
  Timestamp recorded_at;
  std::string metric;
  std::int64_t seq;
};

Params page(const Uuid& device, std::optional<std::vector<std::string_view>> metrics, std::optional<Timestamp> from,
            std::optional<Timestamp> to, const std::optional<Cursor>& cursor, std::int64_t limit) {
  Params params;
  params.add(device);
  metrics ? params.add(std::span(*metrics)) : params.null();
  params.add(from).add(to);
  if (cursor) {
    params.add(cursor->recorded_at).add(cursor->metric).add(cursor->seq);
  } else {
    params.null().null().null();
  }
  return std::move(params.add(limit));
}

// Every page from the first to the last, as "metric@milliseconds#seq".
std::vector<std::string> all_pages(
    TestClient& client, const Uuid& device, std::int64_t limit, const std::function<void()>& between = [] {}) {
  std::vector<std::string> seen;
  std::optional<Cursor> cursor;
  while (true) {
    const auto rows = client.rows(queries::telemetry_page, page(device, {}, {}, {}, cursor, limit));
    for (int i = 0; i < rows.size(); ++i) {
      cursor = {rows.timestamp(i, 0), std::string(rows.text(i, 1)), rows.int8(i, 2)};
      seen.push_back(
          fmt::format("{}@{}#{}", cursor->metric, cursor->recorded_at.time_since_epoch().count(), cursor->seq));
    }
    if (rows.size() < limit) return seen;
    between();
  }
}

}  // namespace

TEST_CASE("a batch with duplicates and a conflict: the first value stays, and both are counted") {
  TestClient client(database());
  const auto device = Uuid::v7();
  const auto t = at(noon);
  REQUIRE(client.rows(queries::insert_readings, batch(device, {reading("temperature", 20, t, 1)})).affected() == 1);
  const auto mixed = batch(device, {
                                       reading("temperature", 20, t, 1),             // a redelivery
                                       reading("temperature", 21, t, 1),             // another value under the same key
                                       reading("temperature", 22, t, 2),             // new
                                       reading("temperature", 23, t, 2),             // conflicts within the batch
                                       reading("humidity", 40, t, 1),                // new
                                       reading("temperature", 20, t + Millis(1), 1)  // new
                                   });
  CHECK(client.rows(queries::insert_readings, mixed).affected() == 3);
  CHECK(client.rows(queries::count_conflicts, mixed).int8(0, 0) == 2);
  CHECK(client.rows(queries::insert_readings, mixed).affected() == 0);
  const auto rows = client.rows(queries::telemetry_page,
                                page(device, std::vector<std::string_view>{"temperature"}, t, t + Millis(1), {}, 10));
  REQUIRE(rows.size() == 2);
  CHECK(rows.float8(0, 3) == 22);
  CHECK(rows.float8(1, 3) == 20);
}

TEST_CASE("what goes in as new goes in as a whole, or meets a duplicate and not at all") {
  TestClient client(database());
  const auto device = Uuid::v7();
  const auto t = at(noon);
  const auto stored = [&] { return client.rows(queries::telemetry_page, page(device, {}, {}, {}, {}, 10)).size(); };
  CHECK(client.rows(queries::insert_new_readings, batch(device, {reading("a", 1, t, 1), reading("b", 1, t, 1)}))
            .affected() == 2);
  const auto met = client.run(queries::insert_new_readings, batch(device, {reading("c", 1, t), reading("a", 1, t, 1)}));
  CHECK(is_duplicate(met));
  CHECK(stored() == 2);
  const auto twice = client.run(queries::insert_new_readings, batch(device, {reading("d", 1, t), reading("d", 1, t)}));
  CHECK(is_duplicate(twice));
  CHECK(stored() == 2);
  const std::vector<Reading> poison{reading(std::string("a\0b", 3), 2, t)};
  CHECK_FALSE(is_duplicate(client.run(queries::insert_new_readings, batch(device, poison))));
}

TEST_CASE("unit and session come back as they were, absent ones as null") {
  TestClient client(database());
  const auto device = Uuid::v7(), session = Uuid::v7();
  auto full = reading("temperature", 181.5, at(noon), 7);
  full.unit = "C";
  full.session_id = session;
  client.rows(queries::insert_readings, batch(device, {full, reading("bare", 1, at(noon))}));
  const auto rows = client.rows(queries::telemetry_page, page(device, {}, {}, {}, {}, 10));
  REQUIRE(rows.size() == 2);
  CHECK(rows.text(0, 1) == "temperature");
  CHECK(rows.timestamp(0, 0) == at(noon));
  CHECK(rows.int8(0, 2) == 7);
  CHECK(rows.float8(0, 3) == 181.5);
  CHECK(rows.text_or_null(0, 4) == "C");
  CHECK(rows.uuid_or_null(0, 5) == session);
  CHECK(rows.int8(1, 2) == -1);
  CHECK_FALSE(rows.text_or_null(1, 4));
  CHECK_FALSE(rows.uuid_or_null(1, 5));
}

TEST_CASE("a poison reading refuses its batch, and the batch without it is stored") {
  TestClient client(database());
  const auto device = Uuid::v7();
  const std::vector<Reading> readings{reading("good", 1, at(noon)), reading(std::string("a\0b", 3), 2, at(noon)),
                                      reading("fine", 3, at(noon))};
  const auto outcome = client.run(queries::insert_readings, batch(device, readings));
  CHECK(is_data_fault(outcome));
  CHECK(client.rows(queries::insert_readings, batch(device, {readings[0], readings[2]})).affected() == 2);
}

TEST_CASE("an empty batch stores nothing") {
  TestClient client(database());
  CHECK(client.rows(queries::insert_readings, readings_params({})).affected() == 0);
  CHECK(client.rows(queries::count_conflicts, readings_params({})).int8(0, 0) == 0);
}

TEST_CASE("a page honours from, to and metrics, and knows only its device") {
  TestClient client(database());
  const auto device = Uuid::v7();
  std::vector<Reading> readings;
  readings.reserve(10);
  for (int i = 0; i < 10; ++i) readings.push_back(reading(i % 2 ? "odd" : "even", i, at(noon) + Millis(i)));
  client.rows(queries::insert_readings, batch(device, readings));
  client.rows(queries::insert_readings, batch(Uuid::v7(), readings));
  const auto values = [&](std::optional<std::vector<std::string_view>> metrics, std::optional<Timestamp> from,
                          std::optional<Timestamp> to) {
    const auto rows = client.rows(queries::telemetry_page, page(device, std::move(metrics), from, to, {}, 100));
    std::vector<double> found;
    found.reserve(static_cast<std::size_t>(rows.size()));
    for (int i = 0; i < rows.size(); ++i) found.push_back(rows.float8(i, 3));
    return found;
  };
  using Values = std::vector<double>;
  CHECK(values({}, {}, {}) == Values{9, 8, 7, 6, 5, 4, 3, 2, 1, 0});
  CHECK(values({}, at(noon) + Millis(3), at(noon) + Millis(6)) == Values{5, 4, 3});
  CHECK(values(std::vector<std::string_view>{"odd"}, at(noon) + Millis(3), {}) == Values{9, 7, 5, 3});
  CHECK(values(std::vector<std::string_view>{"odd", "even"}, {}, at(noon) + Millis(2)) == Values{1, 0});
  CHECK(values(std::vector<std::string_view>{"none"}, {}, {}).empty());
  CHECK(values(std::vector<std::string_view>{}, {}, {}).empty());
}

TEST_CASE("pages put together are each row once, in order, over days, equal times and while others write") {
  TestClient client(database());
  const auto device = Uuid::v7();
  std::vector<Reading> readings;
  std::set<std::tuple<Timestamp, std::string, std::int64_t>, std::greater<>> keys;
  for (int day = 1; day <= 4; ++day) {
    for (int i = 0; i < 60; ++i) {
      const auto ts = at(fmt::format("2026-05-0{}T23:59:00Z", day)) + Millis(500 * (i / 7));
      readings.push_back(reading(i % 3 == 0 ? "a" : i % 3 == 1 ? "B" : "a-b", i, ts, i % 5 - 1));
      keys.emplace(ts, readings.back().metric, readings.back().seq);
    }
  }
  client.rows(queries::insert_readings, batch(device, readings));
  std::vector<std::string> wanted;
  wanted.reserve(keys.size());
  for (const auto& [ts, metric, seq] : keys) {
    wanted.push_back(fmt::format("{}@{}#{}", metric, ts.time_since_epoch().count(), seq));
  }
  for (const int limit : {1, 7, 100}) CHECK(all_pages(client, device, limit) == wanted);
  int written = 0;
  const auto newer = [&] {
    client.rows(queries::insert_readings,
                batch(device, {reading("new", 1, at("2026-05-05T00:00:00Z") + Millis(written++), 1)}));
  };
  CHECK(all_pages(client, device, 7, newer) == wanted);
  CHECK(written > 10);
}

TEST_CASE("a twin is rebuilt from the latest value of each metric") {
  TestClient client(database());
  const auto device = Uuid::v7();
  std::vector<Reading> readings{reading("humidity", 1, at("2026-05-02T00:00:00Z"), 9)};
  for (int i = 0; i < 300; ++i) readings.push_back(reading("temperature", i, at(noon), i));
  readings[100].unit = "C";
  client.rows(queries::insert_readings, batch(device, readings));
  const auto rows = client.rows(queries::latest_values, params_of(device));
  REQUIRE(rows.size() == 2);
  CHECK(rows.text(0, 0) == "temperature");
  CHECK(rows.timestamp(0, 1) == at(noon));
  CHECK(rows.int8(0, 2) == 299);
  CHECK(rows.float8(0, 3) == 299);
  CHECK_FALSE(rows.text_or_null(0, 4));
  CHECK(rows.text(1, 0) == "humidity");
  CHECK(client.rows(queries::latest_values, params_of(Uuid::v7())).size() == 0);

  const auto busy = Uuid::v7();
  readings.clear();
  for (int i = 0; i < 200; ++i) readings.push_back(reading(fmt::format("m{}", i), i, at(noon) + Millis(i), i));
  client.rows(queries::insert_readings, batch(busy, readings));
  const auto latest = client.rows(queries::latest_values, params_of(busy));
  REQUIRE(latest.size() == 64);
  CHECK(latest.text(0, 0) == "m199");
}

}  // namespace epicura::pg
