#include "actors/job_runner.hpp"

#include <future>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "schema/observe/log.hpp"
#include "schema/pg/job_queries.hpp"

namespace epicura {

namespace {

namespace q = pg::queries;
using Self = job_runner_actor::stateful_pointer<JobRunnerState>;
using How = JobEnd::How;

// Before what was not begun is tried again: the longer, the older it is.
Millis pause_while_away(Timestamp made_at) {
  return std::clamp<Millis>((now() - made_at) / 10, std::chrono::seconds{15}, std::chrono::minutes{10});
}

std::string_view name(How how) {
  switch (how) {
    case How::done:
      return "done";
    case How::again:
      return "again";
    case How::later:
      return "later";
    case How::failed:
      return "failed";
  }
  return {};
}

observe::Counter& ended_counter(observe::Metrics& metrics, How how) {
  return metrics.counter("epicura_jobs_total", "Attempts at jobs, by how they ended",
                         {{"end", std::string(name(how))}});
}

JobEnd work(const JobRunnerConfig& config, const Uuid& id, const pg::Rows& row) noexcept {
  try {
    const auto found = config.works.find(row.text(0, 0));
    if (found == config.works.end()) return {How::failed, "this version knows no such kind of job"};
    auto parsed = parse_json(row.text(0, 1));
    if (parsed.refused) return {How::failed, "its arguments cannot be read"};
    return found->second({id, row.timestamp(0, 3), std::move(parsed.value)});
  } catch (const std::exception& error) {
    return {How::again, error.what()};
  }
}

// Whether the dead letter is stored, waited for.
bool write_letter(const JobRunnerConfig& config, const JobDelivery& delivery, const std::string& why) {
  config.metrics->counter("epicura_dead_letters_total", "dead letters by source", {{"source", "job"}}).Increment();
  const DeadLetter letter{"job", std::nullopt,        delivery.subject, Refusal::job_failed,
                          why,   delivery.stream_seq, delivery.payload};
  std::promise<bool> stored;
  config.publish_letter(letter, [&stored](bool is_stored) { stored.set_value(is_stored); });
  return stored.get_future().get();
}

// Whether it is written in the table, or a dead letter, how this ended. A letter comes before its row: the other way
// round one that NATS did not take would be lost.
bool run(const JobRunnerConfig& config, const JobDelivery& delivery) {
  const auto call = decode_job_call(delivery.payload);
  if (!call) return write_letter(config, delivery, "this is no job of ours");
  const auto begun = config.ask({{&q::begin_job, pg::Params().add(call->id)}});
  if (!begun.ok()) {
    log::warning("jobs", "job {} not begun: {} {}", call->id.str(), begun.message, begun.sqlstate);
    return false;
  }
  const auto& row = begun.results.front();
  if (row.size() == 0) return true;
  const auto attempts = row.int8(0, 2);
  // One that ends the process each time is not begun for ever.
  auto end = attempts > most_job_attempts ? JobEnd{How::failed, "it was begun too often"} : work(config, call->id, row);
  if (end.how == How::again && attempts >= most_job_attempts) end.how = How::failed;
  ended_counter(*config.metrics, end.how).Increment();
  if (end.how == How::again || end.how == How::failed)
    log::warning("jobs", "{} {} ({}): {}: {}", row.text(0, 0), call->id.str(), attempts, name(end.how), end.reason);
  if (end.how == How::failed && !write_letter(config, delivery, end.reason)) return false;
  const bool over = end.how == How::done || end.how == How::failed;
  const auto pause = end.how == How::again ? job_pause(attempts) : pause_while_away(row.timestamp(0, 3));
  return config
      .ask({{&q::end_job,
             pg::params_of(call->id, std::string_view(over ? name(end.how) : "waiting"),
                           end.reason.empty() ? std::nullopt : std::optional(std::string_view(end.reason)),
                           over ? std::int64_t{0} : std::int64_t{pause.count()}, end.how != How::later, attempts)}})
      .ok();
}

}  // namespace

Ask make_ask(pg::Client& client) {
  return [&client](std::vector<std::pair<const pg::Statement*, pg::Params>> unit) {
    std::promise<pg::Outcome> promise;
    client.transaction(std::move(unit), [&promise](pg::Outcome outcome) { promise.set_value(std::move(outcome)); });
    return promise.get_future().get();
  };
}

job_runner_actor::behavior_type job_runner(Self self, JobRunnerConfig config) {
  self->state.config = std::move(config);
  // Shown from the start, each as 0.
  for (const auto how : {How::done, How::again, How::later, How::failed})
    ended_counter(*self->state.config.metrics, how);
  return {[self](const JobDelivery& delivery) {
    const auto& state = self->state;
    run(state.config, delivery) ? state.config.acknowledge({&delivery.ack_subject, 1})
                                : state.config.decline(delivery.ack_subject);
  }};
}

}  // namespace epicura
