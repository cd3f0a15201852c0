#include "tests/fault/account.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace epicura::tests {
namespace {

constexpr auto in_table =
    "exists (select from device_telemetry t where t.device_id = e.device_id and t.recorded_at = e.recorded_at "
    "and t.metric = e.metric and t.seq = e.seq and t.value = e.value)";

Database open(const House& house, const Account& account) {
  Database database = house.database();
  database.rows(
      "create temp table expected (device_id uuid, metric text collate \"C\", recorded_at timestamptz, "
      "seq bigint, value double precision)");
  std::string text;
  for (const auto& reading : account) {
    fmt::format_to(std::back_inserter(text), "{}\t{}\t{}\t{}\t{}\n", reading.device.str(), reading.metric,
                   format_rfc3339(reading.ts), reading.seq, reading.value);
  }
  database.copy_in("expected", text);
  database.rows("create index on expected (device_id, recorded_at)");
  database.rows("analyze expected");
  return database;
}

std::size_t count_missing(Database& database) {
  return std::stoul(database.value(fmt::format("select count(*) from expected e where not {}", in_table)));
}

std::string first_missing(Database& database) {
  const auto missing = database.rows(fmt::format(
      "select e.metric, e.seq, e.device_id, e.recorded_at, e.value, t.recorded_at, t.value, t.device_id is null "
      "from expected e left join device_telemetry t on t.device_id = e.device_id and t.metric = e.metric "
      "and t.seq = e.seq where not {} order by e.recorded_at limit 1",
      in_table));
  if (missing.empty()) return {};
  const auto& row = missing.front();
  const auto what = fmt::format("{} number {} of device {} at {}, value {}, was acknowledged", row[0], row[1], row[2],
                                row[3], row[4]);
  return row[7] == "t" ? what + ", and the table does not have it"
                       : fmt::format("{}, and the table has it at {} with value {}", what, row[5], row[6]);
}

std::string first_doubled(Database& database) {
  const auto doubled = database.rows(
      "select metric, seq, device_id, count(*) from device_telemetry where device_id in (select device_id from "
      "expected) group by device_id, metric, seq having count(*) > 1 limit 1");
  if (doubled.empty()) return {};
  const auto& row = doubled.front();
  return fmt::format("{} number {} of device {} is in the table {} times", row[0], row[1], row[2], row[3]);
}

}  // namespace

void every_acknowledged_reading_is_in_the_table_exactly_once(const House& house, const Account& account,
                                                             std::chrono::seconds limit) {
  REQUIRE_MESSAGE(!account.empty(), "nothing was acknowledged: the test has proved nothing");
  Database database = open(house, account);
  std::size_t missing = 0;
  wait_until([&] { return (missing = count_missing(database)) == 0; }, limit);
  const auto words = missing > 0 ? first_missing(database) : first_doubled(database);
  CHECK_MESSAGE(words.empty(), fmt::format("{} of {} acknowledged readings are missing; the first difference: {}",
                                           missing, account.size(), words));
}

std::size_t missing_from_the_table(const House& house, const Account& account) {
  Database database = open(house, account);
  std::size_t before = account.size() + 1;
  auto since = std::chrono::steady_clock::now();
  wait_until([&] {
    const auto missing = count_missing(database);
    if (missing != before) since = std::chrono::steady_clock::now();
    before = missing;
    return missing == 0 || std::chrono::steady_clock::now() - since > 3s;
  });
  CHECK_MESSAGE(first_doubled(database).empty(), first_doubled(database));
  return before;
}

}  // namespace epicura::tests
