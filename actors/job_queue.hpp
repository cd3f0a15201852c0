#pragma once
// From the table of jobs to stream JOBS: what is due is marked as queued and published. Whoever makes a job says so,
// and it goes at once; what is to run later, or again, is looked for every 2 s. Several nodes may look: each job is
// marked by one of them. Beside that it makes the jobs that come by the clock.

#include <functional>
#include <span>
#include <string_view>

#include "actors/protocol.hpp"
#include "bus/store.hpp"

namespace epicura {

// One comes in each period, whatever the node; periods are counted from 1970.
struct ScheduledJob {
  std::string_view kind;
  std::chrono::seconds every;
};

struct JobQueueConfig {
  std::function<void(std::chrono::seconds lost, pg::Callback done)> queue_due;  // queue_due_jobs
  std::function<void(const std::vector<Uuid>& ids, pg::Callback done)> unqueue;
  std::function<void(std::string_view kind, const std::string& unique_key, pg::Callback done)> schedule;
  std::function<void(const bus::Outgoing& message, bus::Store::Done done)> publish;
  std::span<const ScheduledJob> scheduled;
  Clock clock;
  observe::Metrics* metrics = nullptr;
};

struct JobQueueState {
  static inline const char* name = "job_queue";
  JobQueueConfig config;
  bool looked = false;                            // once at least, since the start
  bool looking = false;                           // a look is under way, to its last publish
  bool look_again = false;                        // something came meanwhile
  std::uint64_t generation = 0;                   // of the delayed message
  std::map<std::string_view, std::int64_t> made;  // the last period that a scheduled job was made for
  observe::Counter* queued = nullptr;
};

job_queue_actor::behavior_type job_queue(job_queue_actor::stateful_pointer<JobQueueState> self, JobQueueConfig config);

}  // namespace epicura
