#pragma once
// All that a JetStream stream holds, read as the program's own user beside the program's own consumers.

#include <mutex>
#include <string>
#include <vector>

#include "bus/keeper.hpp"
#include "schema/bounded_json.hpp"
#include "tests/fault/house.hpp"

namespace epicura::tests {

struct StreamMessage {
  std::string subject;
  std::string payload;
  Timestamp stored_at;
};

class StreamReader {
 public:
  // `spec` with the limits that the program gives the stream, lest they be changed.
  StreamReader(const House& house, const bus::StreamSpec& spec);
  ~StreamReader();

  std::vector<StreamMessage> messages() const;  // that have come so far
  // All that the stream holds at this moment, by its own account; fails the test when it does not come.
  std::vector<StreamMessage> all_messages() const;

 private:
  observe::Metrics metrics_;
  mutable std::mutex mutex_;
  std::vector<StreamMessage> messages_;
  std::uint64_t last_seq_ = 0;
  const std::string stream_;
  bus::Connection connection_;
  bus::Consumer consumer_;
  bus::Keeper keeper_;
};

constexpr std::int64_t usual_telemetry_bytes = std::int64_t{4} << 30;
constexpr std::int64_t usual_dead_letter_bytes = std::int64_t{512} << 20;

// The dead letters of a device that have come so far, oldest first.
std::vector<Json> letters_of(const StreamReader& dead_letters, const Uuid& device);

}  // namespace epicura::tests
