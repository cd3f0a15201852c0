#pragma once
// Works on what stream JOBS delivers, one job at a time: marks it as begun, does it, says how it ended, and then
// acknowledges it. A job is done at least once: who was killed between the deed and its row does it again. Detached:
// a job may wait for PostgreSQL, a mail server, a file; JetStream holds what comes meanwhile.

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "actors/protocol.hpp"
#include "actors/telemetry_intake.hpp"
#include "schema/job.hpp"

namespace epicura {

// On the runner's thread, which it may block: less than a minute, after which JetStream delivers the job again.
using JobWork = std::function<JobEnd(const Job& job)>;
using JobWorks = std::map<std::string, JobWork, std::less<>>;  // by kind

// One unit of work at PostgreSQL, waited for. Any thread but PostgreSQL's own.
using Ask = std::function<pg::Outcome(std::vector<std::pair<const pg::Statement*, pg::Params>> unit)>;
Ask make_ask(pg::Client& client);

struct JobRunnerConfig {
  Ask ask;
  JobWorks works;
  Acknowledge acknowledge;
  std::function<void(const std::string& ack_subject)> decline;  // JetStream is to deliver it again soon
  PublishLetter publish_letter;
  observe::Metrics* metrics = nullptr;
};

struct JobRunnerState {
  static inline const char* name = "job_runner";
  JobRunnerConfig config;
};

job_runner_actor::behavior_type job_runner(job_runner_actor::stateful_pointer<JobRunnerState> self,
                                           JobRunnerConfig config);

}  // namespace epicura
