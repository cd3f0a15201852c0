#include <doctest/doctest.h>
#include <fmt/format.h>

#include "schema/pg/migrate.hpp"
#include "tests/pg/waiting.hpp"

namespace epicura::pg {

namespace {

constexpr Migration first{1, "first", "create table first (n bigint); insert into first values (1)"};
constexpr Migration second{2, "second", "create table second (n bigint)"};
constexpr Migration second_changed{2, "second", "create table second (n integer)"};
constexpr Migration third_broken{3, "third", "create table third (n bigint); select nothing"};

std::string fresh(const std::string& name) {
  return PrivatePostgres::instance().new_database(name);
}

bool says(const MigrationReport& report, std::string_view text) {
  INFO(report.message);
  return report.message.find(text) != std::string::npos;
}

bool exists(const std::string& conninfo, const std::string& table) {
  return run_sql(conninfo, fmt::format("select to_regclass('{}')::text", table)).text_or_null(0, 0).has_value();
}

}  // namespace

TEST_CASE("the program's own migrations apply once; the second run has nothing to do") {
  const auto conninfo = fresh("migrate_own");
  const auto once = migrate(conninfo);
  INFO(once.message);
  CHECK(once.ok());
  CHECK(once.applied.size() == migrations().size());
  CHECK(once.version == migrations().back().number);
  for (const char* table : {"users", "devices", "device_telemetry"}) CHECK(exists(conninfo, table));
  const auto again = migrate(conninfo);
  CHECK(again.ok());
  CHECK(again.applied.empty());
  CHECK(again.version == once.version);
}

TEST_CASE("numbers of the program's migrations count up from one without a gap") {
  int number = 0;
  for (const auto& step : migrations()) CHECK(step.number == ++number);
}

TEST_CASE("processes that migrate at the same time: each step is applied by one of them") {
  const auto conninfo = fresh("migrate_many");
  std::vector<MigrationReport> reports(4);
  std::vector<std::thread> threads;
  threads.reserve(reports.size());
  for (auto& report : reports) threads.emplace_back([&] { report = migrate(conninfo); });
  for (auto& thread : threads) thread.join();
  std::size_t applied = 0;
  for (const auto& report : reports) {
    INFO(report.message);
    CHECK(report.ok());
    CHECK(report.version == migrations().back().number);
    applied += report.applied.size();
  }
  CHECK(applied == migrations().size());
}

TEST_CASE("what was applied is continued behind, and never changed") {
  const auto conninfo = fresh("migrate_steps");
  const Migration one[] = {first}, two[] = {first, second}, changed[] = {first, second_changed}, gap[] = {second};
  CHECK(migrate(conninfo, one).version == 1);
  const auto next = migrate(conninfo, two);
  CHECK(next.applied == std::vector<std::string>{"0002 second"});
  const auto other = migrate(conninfo, changed);
  CHECK(other.failure == Failure::refused);
  CHECK(says(other, "0002 second is not the one that was applied"));
  const auto older = migrate(conninfo, one);
  CHECK(older.failure == Failure::refused);
  CHECK(says(older, "the database is newer"));
  CHECK(says(migrate(conninfo, gap), "may only be added behind"));
}

TEST_CASE("a step that fails is undone as a whole, and those before it stay") {
  const auto conninfo = fresh("migrate_broken");
  const Migration steps[] = {first, second, third_broken};
  const auto report = migrate(conninfo, steps);
  CHECK(report.failure == Failure::refused);
  CHECK(says(report, "0003 third: "));
  CHECK(report.version == 2);
  CHECK(exists(conninfo, "second"));
  CHECK_FALSE(exists(conninfo, "third"));
}

TEST_CASE("nobody there, or an address that says nothing: one sentence, no exception") {
  const auto away = migrate("postgresql://u@127.0.0.1:1/d");
  CHECK(away.failure == Failure::away);
  CHECK(says(away, "127.0.0.1"));
  CHECK(migrate("host=127.0.0.1 colour=blue").failure == Failure::refused);
}

TEST_CASE("an e-mail address is unique without regard to case") {
  const auto conninfo = fresh("migrate_users");
  REQUIRE(migrate(conninfo).ok());
  run_sql(conninfo, "insert into users (id, email, name) values (gen_random_uuid(), 'Ann@example.org', 'Ann')");
  CHECK_THROWS(
      run_sql(conninfo, "insert into users (id, email, name) values (gen_random_uuid(), 'ann@EXAMPLE.org', 'A')"));
}

}  // namespace epicura::pg
