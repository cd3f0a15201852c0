#pragma once
// What the streams hold, asked as the program itself asks. One thread uses it.

#include <map>
#include <string>
#include <vector>

#include "bus/connection.hpp"
#include "tests/fault/house.hpp"
#include "tests/replay/outcome.hpp"

namespace epicura::tests::replay {

class Streams {
 public:
  explicit Streams(const House& house);

  // The stream's last sequence. Throws std::runtime_error where nats-server does not say.
  std::uint64_t end_of(const std::string& stream) const;
  // How many messages both streams of what devices send have taken in. 0: nats-server is away.
  std::uint64_t taken_in() const;
  // The program has acknowledged all that is in them: each row is committed, each dead letter stored.
  bool settled() const;

  std::vector<LetterKind> dead_letters_behind(std::uint64_t sequence);

 private:
  observe::Metrics metrics_;
  bus::Connection connection_;
  bus::Connection recorder_;
};

}  // namespace epicura::tests::replay
