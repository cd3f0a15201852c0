#include "actors/device.hpp"

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace epicura {

namespace {

// The twin keeps the newest of each, so older rows change nothing.
void merge(Twin& twin, const pg::Outcome& outcome) {
  const auto& presence = outcome.results[0];
  if (presence.size() > 0 && !presence.is_null(0, 2)) {
    twin.apply(DeviceStatus{presence.text(0, 0) == "online", presence.int8(0, 1), {}},
               {presence.stored_time(0, 2), presence.boolean(0, 3)});
  }
  const auto& latest = outcome.results[1];
  for (int row = 0; row < latest.size(); ++row) {
    twin.apply(Reading{std::string(latest.text(row, 0)), latest.float8(row, 3), latest.timestamp(row, 1),
                       latest.int8(row, 2), std::string(latest.text_or_null(row, 4).value_or("")), std::nullopt});
  }
}

void answer(DeviceState& state, const TwinAnswer& twin) {
  for (auto& promise : state.asking) promise.deliver(twin);
  state.asking.clear();
}

}  // namespace

device_actor::behavior_type device(device_actor::stateful_pointer<DeviceState> self, DeviceConfig config) {
  self->state.config = config;
  return {
      [self](const Readings& readings) -> Fed {
        for (const auto& reading : *readings.values) self->state.twin.apply(reading);
        return {self->state.config.device_id};
      },
      [self](const PresenceChange& change) { self->state.twin.apply(change.status, change.time); },
      [self](const TwinQuery&) -> caf::result<TwinAnswer> {
        auto& state = self->state;
        if (state.complete) return TwinAnswer{std::make_shared<const Twin>(state.twin)};
        auto promise = self->make_response_promise<TwinAnswer>();
        state.asking.push_back(promise);
        if (state.asking.size() == 1) {
          (*state.config.load)(state.config.device_id, [owner = device_actor(self)](pg::Outcome outcome) {
            caf::anon_send(owner, QueryDone{0, std::move(outcome)});
          });
        }
        return promise;
      },
      [self](const QueryDone& done) {
        auto& state = self->state;
        if (!done.outcome.ok()) return answer(state, {nullptr});
        merge(state.twin, done.outcome);
        state.complete = true;
        answer(state, {std::make_shared<const Twin>(state.twin)});
      },
  };
}

}  // namespace epicura
