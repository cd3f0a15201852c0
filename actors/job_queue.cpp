#include "actors/job_queue.hpp"

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "bus/subjects.hpp"
#include "schema/job.hpp"
#include "schema/observe/log.hpp"

namespace epicura {

namespace {

using Self = job_queue_actor::stateful_pointer<JobQueueState>;

// So long ago a job was queued that is not ended: its message is lost. What this process finds at its start may have
// been marked by one that ended before it could publish; a message that is there already is dropped by its id.
constexpr auto lost_after = std::chrono::minutes{5};
constexpr auto look_pause = std::chrono::seconds{2};
constexpr int most_at_once = 100;  // as queue_due_jobs has it

// What is published together ends together.
struct Together {
  std::mutex mutex;  // the store answers on threads of its own
  std::size_t open = 0;
  std::vector<Uuid> failed;
};

void make_scheduled(Self self) {
  auto& state = self->state;
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(state.config.clock().time_since_epoch());
  for (const auto& job : state.config.scheduled) {
    const auto period = now / job.every;
    const auto [last, first_time] = state.made.try_emplace(job.kind, -1);
    if (last->second == period) continue;
    state.config.schedule(job.kind, fmt::format("{}:{}", job.kind, period),
                          [owner = job_queue_actor(self), kind = job.kind, period](const pg::Outcome& outcome) {
                            if (outcome.ok()) caf::anon_send(owner, JobScheduled{std::string(kind), period});
                          });
  }
}

void look(Self self) {
  auto& state = self->state;
  if (state.looking) {
    state.look_again = true;
    return;
  }
  state.looking = true;
  state.config.queue_due(state.looked ? lost_after : std::chrono::seconds{0},
                         [owner = job_queue_actor(self)](pg::Outcome outcome) {
                           caf::anon_send(owner, QueryDone{0, std::move(outcome)});
                         });
}

void end_look(Self self, bool more) {
  auto& state = self->state;
  state.looking = false;
  if (std::exchange(state.look_again, false) || more) look(self);
}

void publish(Self self, const pg::Rows& rows) {
  auto& state = self->state;
  const auto together = std::make_shared<Together>();
  together->open = static_cast<std::size_t>(rows.size());
  const bool more = rows.size() == most_at_once;
  for (int row = 0; row < rows.size(); ++row) {
    const auto id = rows.uuid(row, 0);
    const JobCall call{id, std::string(rows.text(row, 1))};
    // A second message for the same attempt, after an answer that was lost, is dropped by JetStream.
    bus::Outgoing message{
        bus::job_subject(call.kind),
        encode(call),
        {{bus::msg_id_header, fmt::format("{}:{}", id.str(), rows.timestamp(row, 2).time_since_epoch().count())}}};
    state.config.publish(message, [together, id, more, owner = job_queue_actor(self)](bus::StoreOutcome outcome) {
      const std::lock_guard lock(together->mutex);
      if (outcome != bus::StoreOutcome::stored) together->failed.push_back(id);
      if (--together->open == 0) caf::anon_send(owner, JobsQueued{std::move(together->failed), more});
    });
  }
  state.queued->Increment(rows.size());
}

}  // namespace

job_queue_actor::behavior_type job_queue(Self self, JobQueueConfig config) {
  auto& state = self->state;
  state.queued = &config.metrics->counter("epicura_jobs_queued_total", "Jobs handed to stream JOBS");
  state.config = std::move(config);
  self->send(self, sweep_atom_v, std::uint64_t{0});

  return {
      // A delayed message cannot be taken back: one that a later one has replaced is ignored. 0: from outside.
      [self](sweep_atom, std::uint64_t generation) {
        if (generation != 0 && generation != self->state.generation) return;
        make_scheduled(self);
        look(self);
        self->delayed_send(self, look_pause, sweep_atom_v, ++self->state.generation);
      },
      [self](const JobScheduled& done) {
        for (auto& [kind, period] : self->state.made) {
          if (kind == done.kind) period = done.period;
        }
        look(self);
      },
      [self](const QueryDone& done) {
        self->state.looked = self->state.looked || done.outcome.ok();
        if (done.outcome.ok() && done.outcome.results.front().size() > 0)
          return publish(self, done.outcome.results.front());
        if (!done.outcome.ok() && done.outcome.failure != pg::Failure::away)
          log::warning("jobs", "not looked for: {} {}", done.outcome.message, done.outcome.sqlstate);
        end_look(self, false);
      },
      [self](const JobsQueued& done) {
        if (done.failed.empty()) return end_look(self, done.more);
        // Where this is lost too, they are found again after 5 minutes.
        self->state.config.unqueue(done.failed, [](const pg::Outcome&) {});
        end_look(self, false);
      },
  };
}

}  // namespace epicura
