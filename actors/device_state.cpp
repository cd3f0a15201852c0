#include "actors/device_state.hpp"

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "schema/observe/log.hpp"

namespace epicura {

namespace {

using Self = device_state_actor::stateful_pointer<DeviceStateState>;

constexpr std::uint64_t sweep_tag = 0;
constexpr std::uint64_t write_tag = 1;

void publish(Self self, const LetterDue& due) {
  self->state.config.publish_letter(*due.letter, [owner = device_state_actor(self), due](bool stored) {
    caf::anon_send(owner, LetterDone{due, stored});
  });
}

void refuse(Self self, DeviceMessage message) {
  auto& state = self->state;
  state.letters->Increment();
  auto& refused = *message.refused;
  publish(self, {message.stream_seq, message.ack_subject,
                 std::make_shared<const DeadLetter>(DeadLetter{"device", message.device_id, message.origin,
                                                               refused.code, refused.detail, message.stream_seq,
                                                               std::move(refused.payload)})});
}

void gather(Self self, const DeviceMessage& message) {
  auto& state = self->state;
  state.statuses->Increment();
  const NewStatus news{*message.status, {message.stored_at, message.retained}};
  self->send(state.config.directory, PresenceChange{message.device_id, news.status, news.time});
  const auto [entry, fresh] = state.gathering.batch.try_emplace(message.device_id, news);
  const auto& known = entry->second;
  if (!fresh && is_newer(news.status.epoch, news.time, known.status.epoch, known.time.stored_at)) entry->second = news;
  state.gathering.ack_subjects.push_back(message.ack_subject);
}

void write_gathered(Self self) {
  auto& state = self->state;
  if (state.writing || state.gathering.batch.empty()) return;
  state.writing = std::exchange(state.gathering, {});
  state.config.table->apply(state.writing->batch, [owner = device_state_actor(self)](pg::Outcome outcome) {
    caf::anon_send(owner, QueryDone{write_tag, std::move(outcome)});
  });
}

void written(DeviceStateState& state, const pg::Outcome& outcome) {
  const auto write = std::exchange(state.writing, std::nullopt);
  if (outcome.ok()) {
    for (const auto& subject : write->ack_subjects) state.config.acknowledge(subject);
    return;
  }
  state.failures->Increment(static_cast<double>(write->ack_subjects.size()));
  if (outcome.failure != pg::Failure::away) {
    log::warning("device_state", "{} statuses are not written and will come again: {} {}", write->ack_subjects.size(),
                 outcome.message, outcome.sqlstate);
  }
}

std::chrono::milliseconds sweep_pause(const DeviceStateState& state) {
  return std::chrono::milliseconds{state.config.presence_timeout} / 10;
}

}  // namespace

device_state_actor::behavior_type device_state(Self self, DeviceStateConfig config) {
  auto& state = self->state;
  auto& metrics = *config.metrics;
  state.statuses =
      &metrics.counter("epicura_device_messages_total", "messages of stream DEVICE by kind", {{"kind", "status"}});
  state.others =
      &metrics.counter("epicura_device_messages_total", "messages of stream DEVICE by kind", {{"kind", "other"}});
  state.failures =
      &metrics.counter("epicura_device_failures_total", "statuses that could not be written and will come again");
  state.letters = &metrics.counter("epicura_dead_letters_total", "dead letters by source", {{"source", "device"}});
  state.config = std::move(config);
  self->delayed_send(self, sweep_pause(state), sweep_atom_v);

  return {
      [self](arrived_atom) {
        for (auto& message : self->state.config.inbox->take()) {
          if (message.refused) {
            refuse(self, std::move(message));
          } else if (message.status) {
            gather(self, message);
          } else {
            self->state.others->Increment();
            self->state.config.acknowledge(message.ack_subject);
          }
        }
        write_gathered(self);
      },
      [self](const QueryDone& done) {
        if (done.tag == sweep_tag) {
          self->state.sweeping = false;
          return;
        }
        written(self->state, done.outcome);
        write_gathered(self);
      },
      [self](const LetterDone& done) {
        if (done.stored) self->state.config.acknowledge(done.due.ack_subject);
      },
      [self](sweep_atom) {
        auto& keeper = self->state;
        self->delayed_send(self, sweep_pause(keeper), sweep_atom_v);
        const auto cut_off = keeper.config.clock() - keeper.config.presence_timeout;
        // After an outage last_seen_at is as old as the outage, until what waited in JetStream is written.
        const auto since = keeper.config.database_since();
        if (!since || *since > cut_off || std::exchange(keeper.sweeping, true)) return;
        keeper.config.table->sweep_presence(cut_off, [owner = device_state_actor(self)](pg::Outcome outcome) {
          caf::anon_send(owner, QueryDone{sweep_tag, std::move(outcome)});
        });
      },
  };
}

}  // namespace epicura
