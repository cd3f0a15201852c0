#pragma once
// Mosquitto acknowledges a reading when it has queued it in memory, and beyond its limits it acknowledges and drops.
// So before those are reached the devices are held off: no PUBACK, no CONNACK; they keep their readings and try again,
// and what the broker holds for an absent bridge has a bound. The broker's thread owns it.
// No plugin can ask how much is queued: the broker says it in $SYS, to the bridge, and the plugin sees what passes.
// (The size of the heap would not do: 2.0.11 leaks the will of each client that it refuses.)

#include <cstddef>
#include <string_view>

namespace epicura::bridge::plugin {

class BacklogGuard {
 public:
  explicit BacklogGuard(std::size_t limit_bytes) : limit_(limit_bytes) {}

  // One of backlog_topics is on its way. Until the first the guard admits everything.
  void broker_says(std::string_view topic, std::string_view payload);

  // A message is about to be queued. May it be?
  bool admits(std::size_t payload_bytes);

  bool full() const { return full_; }
  std::size_t bytes() const;  // an estimate from above: what the broker has said, and all that has come in since

 private:
  void judge();

  std::size_t limit_;
  std::size_t messages_ = 0;
  std::size_t payload_bytes_ = 0;
  std::size_t since_bytes_ = 0;
  bool heard_ = false;
  bool full_ = false;
};

}  // namespace epicura::bridge::plugin
