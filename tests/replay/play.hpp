#pragma once
// `epicura replay`, as a process of its own.

#include <filesystem>
#include <optional>
#include <string>

#include "schema/time.hpp"
#include "tests/fault/house.hpp"
#include "tests/stack/server_process.hpp"

namespace epicura::tests::replay {

struct PlayOrder {
  std::filesystem::path file;
  std::string seed;  // of the devices' ids
  double speed = 0;  // 0: as fast as it goes
};

struct Played {
  int exit_code = -1;
  Millis shift{0};   // by how much the times were moved
  std::string said;  // all that it printed
};

class Play {
 public:
  Play(const House& house, const PlayOrder& order);
  bool ended() { return !process_.alive(); }
  Played wait(std::chrono::seconds limit);  // throws std::runtime_error when it still plays then

  // For a person, with the environment of a running stack.
  static std::string by_hand(const PlayOrder& order);

 private:
  std::string log_;
  ServerProcess process_;
};

}  // namespace epicura::tests::replay
