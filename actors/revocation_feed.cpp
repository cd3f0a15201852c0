#include "actors/revocation_feed.hpp"

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "schema/observe/log.hpp"

namespace epicura {

namespace {

using Self = revocation_actor::stateful_pointer<RevocationState>;

constexpr auto between_beats = std::chrono::seconds{2};
// Two nodes' statements may commit in another order than they were stamped in.
constexpr auto overlap = std::chrono::seconds{60};

void read(Self self) {
  auto& state = self->state;
  if (state.reading) return;
  const auto now = state.config.clock();
  state.reading = RevocationState::Reading{state.link, state.echoed, now};
  auto back = state.config.longest_token;
  if (state.read_before)
    back = std::min(back, std::chrono::ceil<std::chrono::seconds>(now - *state.read_before) + overlap);
  state.config.read(back, [owner = revocation_actor(self)](pg::Outcome outcome) {
    caf::anon_send(owner, QueryDone{0, std::move(outcome)});
  });
}

void beat(Self self) {
  auto& state = self->state;
  state.config.revocations->forget_old();
  state.config.publish({state.config.instance, state.link, {}});
  read(self);
  self->delayed_send(self, between_beats, sweep_atom_v, ++state.beat);
}

// Whatever ends from now on is heard, so what ended before can be read.
void echo(Self self) {
  auto& state = self->state;
  state.echoed = true;
  state.config.revocations->heard();
  if (!state.loaded) read(self);
}

void finish_read(Self self, const pg::Outcome& outcome) {
  auto& state = self->state;
  const auto reading = *std::exchange(state.reading, std::nullopt);
  if (!outcome.ok()) {
    if (outcome.failure != pg::Failure::away)
      log::warning("revocations", "not read: {} {}", outcome.message, outcome.sqlstate);
    return;
  }
  const auto& rows = outcome.results.front();
  std::vector<Uuid> families;
  families.reserve(static_cast<std::size_t>(rows.size()));
  for (int row = 0; row < rows.size(); ++row) families.push_back(rows.uuid(row, 0));
  state.config.revocations->end(families);
  state.read_before = reading.begun;
  if (state.loaded || !state.echoed || reading.link != state.link) return;
  if (!reading.echoed) return read(self);  // begun before the echo: once more
  state.loaded = true;
  state.config.revocations->loaded();
  state.config.readiness->revocations = true;
}

}  // namespace

revocation_actor::behavior_type revocation_feed(Self self, RevocationConfig config) {
  self->state.config = std::move(config);
  beat(self);

  return {
      // A delayed message cannot be taken back: one that a later one has replaced is ignored. 0: from outside.
      [self](sweep_atom, std::uint64_t generation) {
        if (generation == 0 || generation == self->state.beat) beat(self);
      },
      [self](const RevocationsHeard& heard) {
        auto& state = self->state;
        state.config.revocations->end(heard.news->families);
        if (heard.news->from != state.config.instance) return state.config.revocations->heard();
        if (heard.news->link == state.link) echo(self);
      },
      [self](lost_atom) {
        auto& state = self->state;
        ++state.link;
        state.echoed = state.loaded = false;
        state.config.revocations->lost();
        state.config.readiness->revocations = false;
      },
      [self](const QueryDone& done) { finish_read(self, done.outcome); },
  };
}

}  // namespace epicura
