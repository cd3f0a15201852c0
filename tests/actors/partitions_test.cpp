#include "actors/partitions.hpp"

#include <doctest/doctest.h>

#include <deque>

#include "tests/actors/rows.hpp"
#include "tests/actors/stage.hpp"

using namespace epicura;
using namespace epicura::tests;

namespace {

using std::chrono::days;
using std::chrono::sys_days;

struct Asked {
  sys_days from, to, keep_from;
  pg::Callback done;
};

struct Table final : PartitionTable {
  std::deque<Asked> asked;
  void keep(sys_days from, sys_days to, sys_days keep_from, pg::Callback done) override {
    asked.push_back({from, to, keep_from, std::move(done)});
  }
};

const sys_days today = std::chrono::floor<days>(*parse_rfc3339("2026-11-20T12:00:00Z"));

struct House {
  Stage stage;
  Readiness readiness;
  Timestamp clock = *parse_rfc3339("2026-11-20T23:59:59.999Z");
  std::shared_ptr<Table> table = std::make_shared<Table>();
  partition_actor keeper;

  explicit House(days retention = days{90})
      : keeper(
            stage.system.spawn(partitions, PartitionConfig{table, [this] { return clock; }, retention, &readiness})) {
    stage.run();
  }
  ~House() {
    table->asked.clear();
    stage.end(keeper);
  }
  std::size_t asked() const { return table->asked.size(); }
  void answer(pg::Outcome outcome) {
    REQUIRE_FALSE(table->asked.empty());
    auto done = std::move(table->asked.front().done);
    table->asked.pop_front();
    done(std::move(outcome));
    stage.run();
  }
};

}  // namespace

TEST_CASE("the days that readings may have are asked for at the start; ready is who has them") {
  House house;
  REQUIRE(house.asked() == 1);
  const auto& asked = house.table->asked[0];
  CHECK(asked.from == today - days{9});
  CHECK(asked.to == today + days{2});
  CHECK(asked.keep_from == today - days{90});
  CHECK_FALSE(house.readiness.partitions);
  house.answer(pg::Outcome{});
  CHECK(house.readiness.partitions);
}

TEST_CASE("no day is made that retention would drop again") {
  House house(days{5});
  REQUIRE(house.asked() == 1);
  CHECK(house.table->asked[0].from == today - days{5});
  CHECK(house.table->asked[0].keep_from == today - days{5});
}

TEST_CASE("every hour it is looked again, and after midnight the next day is asked for") {
  House house;
  house.answer(pg::Outcome{});
  house.stage.advance(std::chrono::minutes{59});
  CHECK(house.asked() == 0);
  house.clock += Millis{1};
  house.stage.advance(std::chrono::minutes{1});
  REQUIRE(house.asked() == 1);
  CHECK(house.table->asked[0].from == today - days{8});
  CHECK(house.table->asked[0].to == today + days{3});
  house.answer(pg::Outcome{});
  house.stage.advance(std::chrono::hours{1});
  CHECK(house.asked() == 1);
}

TEST_CASE("what is not made is tried again after two seconds, until it is") {
  House house;
  for (const auto failure : {pg::Failure::away, pg::Failure::refused, pg::Failure::timeout}) {
    house.answer(failed(failure, "55P03"));
    CHECK_FALSE(house.readiness.partitions);
    house.stage.advance(std::chrono::milliseconds{1999});
    CHECK(house.asked() == 0);
    house.stage.advance(std::chrono::milliseconds{1});
    CHECK(house.asked() == 1);
  }
  house.answer(pg::Outcome{});
  CHECK(house.readiness.partitions);
}

TEST_CASE("a failure of a later look takes nothing back: the days of before are there") {
  House house;
  house.answer(pg::Outcome{});
  house.stage.advance(std::chrono::hours{1});
  house.answer(failed(pg::Failure::refused, "55P03"));
  CHECK(house.readiness.partitions);
}

TEST_CASE("PostgreSQL is back: looked at once, one look at a time, and the turn that waited is void") {
  House house;
  house.stage.send(house.keeper, sweep_atom_v, std::uint64_t{0});
  CHECK(house.asked() == 1);  // the first is not answered yet
  house.answer(pg::Outcome{});
  house.stage.advance(std::chrono::minutes{40});
  house.stage.send(house.keeper, sweep_atom_v, std::uint64_t{0});
  REQUIRE(house.asked() == 1);
  house.answer(pg::Outcome{});
  house.stage.advance(std::chrono::minutes{20});  // the first look's hour
  CHECK(house.asked() == 0);
  house.stage.advance(std::chrono::minutes{40});  // the second's
  CHECK(house.asked() == 1);
}
