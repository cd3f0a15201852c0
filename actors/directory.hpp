#pragma once
// The directory of devices: makes a device's actor on its first message, feeds it, lets it go when idle.

#include <chrono>
#include <unordered_map>
#include <vector>

#include "actors/device.hpp"
#include "actors/protocol.hpp"
#include "schema/observe/metrics.hpp"

namespace epicura {

struct DirectoryConfig {
  LoadTwin load;
  std::chrono::seconds idle{900};
  observe::Metrics* metrics = nullptr;
};

struct DirectoryEntry {
  device_actor actor;
  std::chrono::steady_clock::time_point heard;
  bool busy = false;             // a message with readings is under way to it
  std::vector<Reading> waiting;  // the latest of each metric meanwhile, at most one a metric
};

struct DirectoryState {
  static inline const char* name = "directory";
  ~DirectoryState();
  DirectoryConfig config;
  std::unordered_map<Uuid, DirectoryEntry> entries;

  observe::Gauge* twins = nullptr;
  observe::Counter* fed = nullptr;
  observe::Counter* coalesced = nullptr;
  observe::Counter* passivated = nullptr;
};

directory_actor::behavior_type directory(directory_actor::stateful_pointer<DirectoryState> self,
                                         DirectoryConfig config);

}  // namespace epicura
