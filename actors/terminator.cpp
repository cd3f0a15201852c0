#include "actors/terminator.hpp"

#include <caf/deep_to_string.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace epicura {

namespace {

using Self = terminator_actor::stateful_pointer<TerminatorState>;

void end_next(Self self) {
  auto& state = self->state;
  if (state.next < state.config.watched.size()) {
    caf::anon_send_exit(state.config.watched[state.next].second, caf::exit_reason::user_shutdown);
    return;
  }
  state.config.watched.clear();
  state.asked.deliver(stop_atom_v);
}

}  // namespace

terminator_actor::behavior_type terminator(Self self, TerminatorConfig config) {
  self->state.config = std::move(config);
  for (const auto& [name, actor] : self->state.config.watched) self->monitor(actor);

  self->set_down_handler([self](const caf::down_msg& down) {
    auto& state = self->state;
    for (std::size_t i = 0; i < state.config.watched.size(); ++i) {
      const auto& [name, actor] = state.config.watched[i];
      if (actor.address() != down.source) continue;
      if (!state.asked.pending() || i != state.next) {
        return state.config.on_death(fmt::format("the actor '{}' died: {}", name, caf::to_string(down.reason)));
      }
      ++state.next;
      return end_next(self);
    }
  });

  return {
      [self](stop_atom) -> caf::result<stop_atom> {
        self->state.asked = self->make_response_promise<stop_atom>();
        auto promise = self->state.asked;
        end_next(self);
        return promise;
      },
  };
}

}  // namespace epicura
