#include "actors/partitions.hpp"

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "schema/observe/log.hpp"

namespace epicura {

namespace {

using Self = partition_actor::stateful_pointer<PartitionState>;

constexpr auto look_again = std::chrono::hours{1};
constexpr auto try_again = std::chrono::seconds{2};
// Readings are taken from 7 days back, and may have waited in JetStream for a day.
constexpr auto days_back = std::chrono::days{9};
constexpr auto days_ahead = std::chrono::days{2};

void look(Self self) {
  auto& state = self->state;
  if (std::exchange(state.under_way, true)) return;
  const auto today = std::chrono::floor<std::chrono::days>(state.config.clock());
  const auto keep_from = today - state.config.retention;
  state.config.table->keep(std::max(today - days_back, keep_from), today + days_ahead, keep_from,
                           [owner = partition_actor(self)](pg::Outcome outcome) {
                             caf::anon_send(owner, QueryDone{0, std::move(outcome)});
                           });
}

}  // namespace

partition_actor::behavior_type partitions(Self self, PartitionConfig config) {
  self->state.config = std::move(config);
  look(self);

  return {
      // A delayed message cannot be taken back: one that a later one has replaced is ignored. 0: from outside.
      [self](sweep_atom, std::uint64_t generation) {
        if (generation == 0 || generation == self->state.generation) look(self);
      },
      [self](const QueryDone& done) {
        auto& state = self->state;
        state.under_way = false;
        if (done.outcome.ok()) {
          state.config.readiness->partitions = true;
        } else if (done.outcome.failure != pg::Failure::away) {
          log::warning("partitions", "not made: {} {}", done.outcome.message, done.outcome.sqlstate);
        }
        const auto pause = done.outcome.ok() ? std::chrono::seconds{look_again} : try_again;
        self->delayed_send(self, pause, sweep_atom_v, ++state.generation);
      },
  };
}

}  // namespace epicura
