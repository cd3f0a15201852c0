// What was recorded comes to the same, whichever way it is played.

#include <doctest/doctest.h>

#include "tests/fault/chance.hpp"
#include "tests/replay/table.hpp"

using namespace epicura::tests;
using namespace epicura::tests::replay;

TEST_CASE("recordings come out as they must: in order, shuffled, doubled, with a kill in the middle") {
  Chance chance;
  const auto scenarios = load_scenarios();
  REQUIRE_FALSE(scenarios.empty());
  House house;
  Table table(house);
  const auto seed = [&chance] { return static_cast<unsigned>(chance.between(1, 1'000'000)); };
  for (const auto& scenario : scenarios) {
    table.look_at({table.perform(scenario, Way::in_order, 0)});
    table.look_at({table.perform(scenario, Way::doubled, 0)});
    for (int round = 0; round < rounds(2); ++round) table.look_at({table.perform(scenario, Way::shuffled, seed())});
  }
  // What was under way at the kill comes again after 10 s: once for all of them.
  for (int round = 0; round < rounds(1); ++round) {
    for (const auto way : {Way::killed, Way::bus_killed}) {
      std::vector<Performance> performances;
      for (const auto& scenario : scenarios) {
        if (!scenario.is_refused()) performances.push_back(table.perform(scenario, way, 0));
      }
      table.look_at(performances);
    }
  }
  CHECK_MESSAGE(table.kills_in_the_middle() * 2 >= table.kills(),
                "of " << table.kills() << " kills only " << table.kills_in_the_middle() << " were in the middle");
}
