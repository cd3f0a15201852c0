#pragma once
// When each device of a fleet is to send each of its messages: message k of the whole fleet belongs to device
// k mod devices and is due k intervals after the start, so the phases are spread evenly and no timers are needed.

#include <chrono>
#include <cstdint>
#include <limits>

#include "schema/time.hpp"

namespace epicura::bridge::kitchen {

using Monotonic = std::chrono::steady_clock;

struct Plan {
  static constexpr std::uint64_t unbounded = std::numeric_limits<std::uint64_t>::max();

  std::size_t devices = 0;
  double interval_ns = 0;              // between two messages of the fleet; 0: closed loop, always due
  std::uint64_t messages = unbounded;  // of one device
  bool sending = false;
  Monotonic::time_point start;
  Timestamp wall_start;

  bool closed_loop() const { return interval_ns == 0; }
  Monotonic::time_point due(std::uint64_t message_of_fleet) const {
    return start +
           std::chrono::nanoseconds{static_cast<std::int64_t>(static_cast<double>(message_of_fleet) * interval_ns)};
  }
  Monotonic::time_point due(std::size_t device, std::uint64_t message) const { return due(message * devices + device); }
  Timestamp wall(Monotonic::time_point time) const { return wall_start + std::chrono::floor<Millis>(time - start); }
};

}  // namespace epicura::bridge::kitchen
