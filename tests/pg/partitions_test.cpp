#include <doctest/doctest.h>

#include "tests/pg/migrated.hpp"

namespace epicura::pg {

namespace {

std::int64_t partitions(const std::string& conninfo) {
  return run_sql(conninfo, "select 1 from pg_inherits where inhparent = 'device_telemetry'::regclass").size();
}

Outcome insert_at(TestClient& client, std::string_view time) {
  const Reading reading{.metric = "temperature", .value = 1, .ts = at(time), .seq = 1, .unit = "", .session_id = {}};
  const DeviceReading batch[] = {{Uuid::v7(), &reading}};
  return client.run(queries::insert_readings, readings_params(batch));
}

}  // namespace

TEST_CASE("days are made once, by UTC, and take readings from their first to their last millisecond") {
  const auto conninfo = migrated_database("partitions_days");
  run_sql(conninfo, "alter database partitions_days set timezone = 'Asia/Tokyo'");
  TestClient client(conninfo);
  CHECK(
      client.rows(queries::make_partitions, make_days("2026-02-27T23:59:59.999Z", "2026-03-01T00:00:00Z")).int8(0, 0) ==
      3);
  CHECK(client.rows(queries::make_partitions, make_days("2026-02-26T00:00:00Z", "2026-03-01T23:00:00Z")).int8(0, 0) ==
        1);
  CHECK(client.rows(queries::make_partitions, make_days("2026-02-26T00:00:00Z", "2026-03-01T23:00:00Z")).int8(0, 0) ==
        0);
  CHECK(partitions(conninfo) == 4);
  CHECK(insert_at(client, "2026-02-26T00:00:00.000Z").ok());
  CHECK(insert_at(client, "2026-02-28T23:59:59.999Z").ok());
  CHECK(insert_at(client, "2026-03-01T23:59:59.999Z").ok());
  const auto rows = run_sql(conninfo, "select tableoid::regclass::text from device_telemetry order by 1");
  CHECK(rows.text(0, 0) == "device_telemetry_20260226");
  CHECK(rows.text(1, 0) == "device_telemetry_20260228");
  CHECK(rows.text(2, 0) == "device_telemetry_20260301");
}

TEST_CASE("a reading of a day without a partition is refused as such, not as its own fault") {
  TestClient client(migrated_database("partitions_missing"));
  const auto outcome = insert_at(client, "2026-02-25T23:59:59.999Z");
  CHECK(outcome.failure == Failure::refused);
  CHECK(is_missing_partition(outcome));
  CHECK_FALSE(is_data_fault(outcome));
  const Outcome check{
      .results = {}, .failure = Failure::refused, .sqlstate = "23514", .constraint = "c", .message = ""};
  CHECK(is_data_fault(check));
}

TEST_CASE("processes that make the same days at the same time, while readings come in") {
  const auto conninfo = migrated_database("partitions_race");
  TestClient writer(conninfo);
  writer.rows(queries::make_partitions, make_days("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"));
  std::atomic<bool> go_on{true};
  std::thread writing([&] {
    while (go_on) {
      if (!insert_at(writer, "2026-01-01T12:00:00Z").ok()) go_on = false;
    }
  });
  std::vector<std::unique_ptr<TestClient>> makers;
  makers.reserve(4);
  for (int i = 0; i < 4; ++i) makers.push_back(std::make_unique<TestClient>(conninfo));
  std::vector<std::future<Outcome>> made;
  made.reserve(makers.size());
  for (auto& maker : makers) {
    made.push_back(maker->submit(queries::make_partitions, make_days("2026-01-01T00:00:00Z", "2026-01-12T00:00:00Z")));
  }
  std::int64_t total = 0;
  for (auto& future : made) {
    const auto outcome = get(future);
    INFO(outcome.message);
    REQUIRE(outcome.ok());
    total += outcome.results.at(0).int8(0, 0);
  }
  CHECK(go_on.exchange(false));
  writing.join();
  CHECK(total == 11);
  CHECK(partitions(conninfo) == 12);
}

TEST_CASE("days are made while a reader holds the table, dropped by retention, and dropping gives up behind a reader") {
  const auto conninfo = migrated_database("partitions_drop");
  TestClient client(conninfo);
  client.rows(queries::make_partitions, make_days("2026-01-01T00:00:00Z", "2026-01-05T00:00:00Z"));
  run_sql(conninfo, "create table device_telemetry_archive (n bigint)");
  REQUIRE(insert_at(client, "2026-01-02T00:00:00Z").ok());

  constexpr Statement hold{"hold", "select count(*), pg_sleep(4)::text from device_telemetry"};
  TestClient reader(conninfo);
  auto holding = reader.submit(hold);
  REQUIRE(eventually([&] {
    return run_sql(conninfo, "select 1 from pg_locks where relation = 'device_telemetry'::regclass and granted")
               .size() > 0;
  }));
  CHECK(client.rows(queries::make_partitions, make_days("2026-01-06T00:00:00Z", "2026-01-06T00:00:00Z")).int8(0, 0) ==
        1);
  const auto third = params_of(at("2026-01-03T17:00:00Z"));
  const auto refused = client.run(queries::drop_partitions, third);
  CHECK(refused.sqlstate == "55P03");
  CHECK_FALSE(is_data_fault(refused));
  reader.client.stop();
  get(holding);
  run_sql(conninfo,
          "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(4)%' and pid <> "
          "pg_backend_pid()");
  CHECK(eventually([&] {
    const auto outcome = client.run(queries::drop_partitions, third);
    return outcome.ok() && outcome.results.at(0).int8(0, 0) == 2;
  }));
  CHECK(client.rows(queries::drop_partitions, third).int8(0, 0) == 0);
  CHECK(partitions(conninfo) == 4);
  CHECK(run_sql(conninfo, "select 1 from device_telemetry").size() == 0);
}

}  // namespace epicura::pg
