#pragma once
// How often a line of the log may be said again: an outage makes thousands of equal ones.

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

#include "schema/time.hpp"

namespace epicura::bus {

// Any thread.
class Pace {
 public:
  explicit Pace(Millis every) : every_(every) {}

  // May it be said now? Then: how many times it was held back since the last time.
  std::optional<std::uint64_t> due() {
    const std::scoped_lock lock(mutex_);
    const auto at = std::chrono::steady_clock::now();
    if (said_ && at - *said_ < every_) {
      ++held_back_;
      return std::nullopt;
    }
    said_ = at;
    return std::exchange(held_back_, 0);
  }

 private:
  const Millis every_;
  std::mutex mutex_;
  std::optional<std::chrono::steady_clock::time_point> said_;
  std::uint64_t held_back_ = 0;
};

}  // namespace epicura::bus
