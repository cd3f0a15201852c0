#pragma once
// The scenarios of this directory: a recording, and what must come of it. README.md says what the files hold.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "schema/bounded_json.hpp"
#include "schema/recording.hpp"

namespace epicura::tests::replay {

// How a recording is played.
enum class Way {
  in_order,
  shuffled,    // its lines in any order
  doubled,     // each message twice, one right behind the other
  killed,      // kill -9 of the program when half of it is stored
  bus_killed,  // the same of nats-server
};
std::string_view name(Way way);  // as expected.json calls it

struct Scenario {
  std::string name;
  std::vector<RecordedMessage> messages;
  Json expected;
  std::map<std::string, std::string> pots;  // what expected.json calls them, and their recorded ids

  // What must come of it when it is played this way: what stands under the way's name is merged over the rest
  // (RFC 7396).
  Json expected_when(Way way) const;
  bool is_refused() const { return expected.contains("replay"); }  // `epicura replay` does not play all of it
};

// Throws std::runtime_error with the file and what is wrong with it.
Scenario load_scenario(const std::filesystem::path& directory);
std::vector<Scenario> load_scenarios();

// Its messages as they are to be played; the same for the same seed.
std::vector<RecordedMessage> arranged(const Scenario& scenario, Way way, unsigned seed);
void write_recording(const std::filesystem::path& file, const std::vector<RecordedMessage>& messages);

}  // namespace epicura::tests::replay
