#pragma once
// Plays scenarios on a stack, and looks at what came of them.

#include <random>
#include <string>

#include "tests/replay/outcome.hpp"
#include "tests/replay/play.hpp"
#include "tests/replay/scenario.hpp"
#include "tests/replay/streams.hpp"

namespace epicura::tests::replay {

// One playing of one scenario.
struct Performance {
  const Scenario* scenario = nullptr;
  Way way = Way::in_order;
  unsigned seed = 0;
  PlayOrder order;
  std::map<std::string, std::string> ids;  // as recorded -> as played
  Played played;
};

class Table {
 public:
  explicit Table(House& house);

  // Returns when `epicura replay` has ended; with the program ready again, if it was killed.
  Performance perform(const Scenario& scenario, Way way, unsigned seed);

  int kills() const { return kills_; }
  int kills_in_the_middle() const { return kills_in_the_middle_; }  // of these, while `epicura replay` was still at it

  // Waits until the program has done all that was played, then until each performance came out as it must. Fails the
  // test with the first difference. All of what was performed since the last look.
  void look_at(const std::vector<Performance>& performances);

 private:
  void kill_when_half_is_stored(const std::string& server, Play& play, std::uint64_t before, std::size_t messages);
  Outcome outcome_of(const Performance& performance, bool alone);
  std::map<std::string, double> counters() const;

  House& house_;
  Streams streams_;
  Database database_;
  int performances_ = 0;
  int kills_ = 0;
  int kills_in_the_middle_ = 0;
  // Since the last look:
  std::uint64_t letters_before_ = 0;
  std::map<std::string, double> counters_before_;
};

}  // namespace epicura::tests::replay
