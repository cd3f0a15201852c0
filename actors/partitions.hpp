#pragma once
// Makes the partitions of device_telemetry from 9 days back to 2 days ahead, and drops those past retention: at the
// start, whenever PostgreSQL comes back, and every hour.

#include <memory>

#include "actors/protocol.hpp"
#include "actors/readiness.hpp"

namespace epicura {

class PartitionTable {
 public:
  virtual ~PartitionTable() = default;
  // Makes what is missing of the days [from, to], drops what ends before `keep_from`.
  virtual void keep(std::chrono::sys_days from, std::chrono::sys_days to, std::chrono::sys_days keep_from,
                    pg::Callback done) = 0;
};
std::shared_ptr<PartitionTable> make_partition_table(pg::Client& client);

struct PartitionConfig {
  std::shared_ptr<PartitionTable> table;
  Clock clock;
  std::chrono::days retention{90};
  Readiness* readiness = nullptr;
};

struct PartitionState {
  static inline const char* name = "partitions";
  PartitionConfig config;
  bool under_way = false;
  std::uint64_t generation = 0;
};

partition_actor::behavior_type partitions(partition_actor::stateful_pointer<PartitionState> self,
                                          PartitionConfig config);

}  // namespace epicura
