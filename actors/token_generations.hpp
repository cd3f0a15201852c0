#pragma once
// The current generation of devices' tokens, as last read from PostgreSQL. While it is fresh a device's request is
// checked against it without waiting: so long a token may outlive its end. What is older is for when PostgreSQL is
// away. Shared by the request actors; any thread.

#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "schema/time.hpp"
#include "schema/uuid.hpp"

namespace epicura {

class TokenGenerations {
 public:
  static constexpr auto fresh_for = std::chrono::seconds{30};
  static constexpr std::size_t max_devices = 200'000;

  struct Known {
    std::int64_t generation = 0;  // 0: there is no such device
    bool fresh = false;
  };

  std::optional<Known> find(const Uuid& device_id, Timestamp now) const {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(device_id);
    if (found == known_.end()) return std::nullopt;
    return Known{found->second.generation, now < found->second.read_at + fresh_for};
  }

  void note(const Uuid& device_id, std::int64_t generation, Timestamp now) {
    const std::lock_guard lock(mutex_);
    if (known_.size() >= max_devices) known_.clear();  // each is one query away
    known_[device_id] = {generation, now};
  }

 private:
  struct Entry {
    std::int64_t generation;
    Timestamp read_at;
  };
  mutable std::mutex mutex_;
  std::unordered_map<Uuid, Entry> known_;
};

}  // namespace epicura
