#include "actors/directory.hpp"

#include <algorithm>

#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace epicura {

namespace {

using Self = directory_actor::stateful_pointer<DirectoryState>;

DirectoryEntry& entry_of(Self self, const Uuid& device_id) {
  auto& state = self->state;
  auto& entry = state.entries[device_id];
  if (!entry.actor) {
    entry.actor = self->spawn<caf::monitored>(device, DeviceConfig{device_id, &state.config.load});
    state.twins->Set(static_cast<double>(state.entries.size()));
  }
  // The system's own clock, so that a test can turn it.
  entry.heard = self->home_system().clock().now();
  return entry;
}

// While an actor is busy, the newest value of each metric waits here; what it replaces is counted.
void coalesce(DirectoryState& state, DirectoryEntry& entry, const std::vector<Reading>& readings) {
  for (const auto& reading : readings) {
    const auto same = std::find_if(entry.waiting.begin(), entry.waiting.end(),
                                   [&](const Reading& waiting) { return waiting.metric == reading.metric; });
    if (same == entry.waiting.end()) {
      if (entry.waiting.size() < Twin::max_metrics) entry.waiting.push_back(reading);
      continue;
    }
    state.coalesced->Increment();
    if (std::tie(reading.ts, reading.seq) > std::tie(same->ts, same->seq)) *same = reading;
  }
}

void feed(Self self, const std::shared_ptr<const TelemetryMessages>& messages) {
  auto& state = self->state;
  for (const auto& message : *messages) {
    if (message.readings.empty()) continue;
    auto& entry = entry_of(self, message.device_id);
    if (entry.busy) {
      coalesce(state, entry, message.readings);
      continue;
    }
    entry.busy = true;
    self->send(entry.actor, Readings{{messages, &message.readings}});  // no copy: shares the batch's ownership
  }
  state.fed->Increment(static_cast<double>(messages->size()));
}

}  // namespace

// Out of line, and the children end with their parent.
DirectoryState::~DirectoryState() {
  for (auto& [id, entry] : entries) caf::anon_send_exit(entry.actor, caf::exit_reason::user_shutdown);
}

directory_actor::behavior_type directory(Self self, DirectoryConfig config) {
  auto& state = self->state;
  auto& metrics = *config.metrics;
  state.twins = &metrics.gauge("epicura_twins", "device actors that live now");
  state.fed = &metrics.counter("epicura_twin_messages_total", "messages that were given to twins");
  state.coalesced =
      &metrics.counter("epicura_twin_coalesced_total", "readings that a newer one replaced before the twin saw them");
  state.passivated = &metrics.counter("epicura_twins_passivated_total", "device actors that were let go for idleness");
  state.config = std::move(config);
  // A device's actor that dies on its own is a fault of the program: the directory goes with it, and the process.
  self->set_down_handler([self](const caf::down_msg& down) {
    if (down.reason != caf::exit_reason::user_shutdown) self->quit(down.reason);
  });
  self->delayed_send(self, state.config.idle / 4 + std::chrono::milliseconds{1}, sweep_atom_v);

  return {
      [self](const TelemetryBatch& batch) -> fed_atom {
        feed(self, batch.messages);
        return fed_atom_v;
      },
      [self](const PresenceChange& change) { self->send(entry_of(self, change.device_id).actor, change); },
      [self](const Fed& fed) {
        const auto found = self->state.entries.find(fed.device_id);
        if (found == self->state.entries.end()) return;
        auto& entry = found->second;
        entry.busy = !entry.waiting.empty();
        if (!entry.busy) return;
        self->send(entry.actor,
                   Readings{std::make_shared<const std::vector<Reading>>(std::exchange(entry.waiting, {}))});
      },
      [self](const TwinQuery& query) { return self->delegate(entry_of(self, query.device_id).actor, query); },
      [self](sweep_atom) {
        auto& directory = self->state;
        self->delayed_send(self, directory.config.idle / 4 + std::chrono::milliseconds{1}, sweep_atom_v);
        const auto oldest = self->home_system().clock().now() - directory.config.idle;
        std::erase_if(directory.entries, [&](auto& item) {
          auto& entry = item.second;
          if (entry.busy || entry.heard > oldest) return false;
          caf::anon_send_exit(entry.actor, caf::exit_reason::user_shutdown);
          directory.passivated->Increment();
          return true;
        });
        directory.twins->Set(static_cast<double>(directory.entries.size()));
      },
  };
}

}  // namespace epicura
