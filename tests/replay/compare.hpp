#pragma once
// What came of a recording beside what must come of it. Pure.

#include <optional>
#include <string>

#include "tests/replay/outcome.hpp"
#include "tests/replay/scenario.hpp"

namespace epicura::tests::replay {

// In the words of the domain; absent: all is as it must be. What was killed delivers again and counts anew: dead
// letters then come once or more often, and counters are not looked at.
std::optional<std::string> first_difference(const Scenario& scenario, Way way, const Outcome& outcome);

}  // namespace epicura::tests::replay
