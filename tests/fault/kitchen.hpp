#pragma once
// Load: simulated devices that send from construction on, on a thread of their own, and the account of their PUBACKs.

#include <atomic>
#include <mutex>
#include <thread>

#include "tests/fault/account.hpp"

namespace epicura::tests {

struct Load {
  std::size_t devices = 40;
  double messages_per_second = 25;       // of each device; 0: as fast as they are acknowledged
  std::size_t readings_per_message = 3;  // 1: a topic for each metric in turn
  std::size_t window = 20;
};

class Kitchen {
 public:
  explicit Kitchen(const House& house, Load load = {});
  ~Kitchen();
  Kitchen(const Kitchen&) = delete;
  Kitchen& operator=(const Kitchen&) = delete;

  std::size_t acknowledged() const;                                                           // messages
  bool acknowledges_more(std::size_t messages, std::chrono::milliseconds limit = 15s) const;  // waits for it
  // Sends no more and waits for every PUBACK; fails the test when some do not come for 30 s.
  void close();
  Account account() const;  // of all that was acknowledged

 private:
  struct Puback {
    Uuid device;
    std::int64_t seq;
    Timestamp ts;
    Timestamp at;
  };

  bridge::kitchen::FleetSettings settings_;
  std::vector<KitchenDevice> devices_;
  mutable std::mutex mutex_;
  std::vector<Puback> pubacks_;
  std::atomic<bool> stop_{false};
  bridge::kitchen::FleetReport report_;
  std::thread thread_;
};

}  // namespace epicura::tests
