#include "actors/device_state.hpp"

#include "actors/unknown_fields.hpp"

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

void refuse(Self self, std::uint64_t stream_seq, const std::string& ack_subject, DeadLetter letter) {
  self->state.letters->Increment();
  publish(self, {stream_seq, ack_subject, std::make_shared<const DeadLetter>(std::move(letter))});
}

void gather(Self self, const DeviceMessage& message) {
  auto& state = self->state;
  state.statuses->Increment();
  const NewStatus news{*message.status, {message.stored_at, message.retained}};
  self->send(state.config.directory, PresenceChange{message.device_id, news.status, news.time});
  state.gathering[message.device_id].push_back({message.stream_seq, message.ack_subject, message.origin, news});
}

// Of one device's, in the order of their arrival; not empty.
std::vector<StatusMessage>::const_iterator newest(const std::vector<StatusMessage>& messages) {
  auto out = messages.begin();
  for (auto it = out; it != messages.end(); ++it) {
    if (is_newer(it->news.status.epoch, it->news.time, out->news.status.epoch, out->news.time)) out = it;
  }
  return out;
}

void write_next(Self self) {
  auto& state = self->state;
  if (state.writing) return;
  if (!state.parts.empty()) {
    state.writing = std::move(state.parts.front());
    state.parts.pop_front();
  } else if (!state.gathering.empty()) {
    state.writing = std::exchange(state.gathering, {});
  } else {
    return;
  }
  StatusBatch batch;
  for (const auto& [device, messages] : *state.writing) batch.emplace_hint(batch.end(), device, newest(messages)->news);
  state.config.table->apply(batch, [owner = device_state_actor(self)](pg::Outcome outcome) {
    caf::anon_send(owner, QueryDone{write_tag, std::move(outcome)});
  });
}

StatusWrite take_half(StatusWrite& write) {
  StatusWrite out;
  for (auto left = write.size() / 2; left > 0; --left) out.insert(out.end(), write.extract(write.begin()));
  return out;
}

// The fault is one device's own. Once it is alone, its newest status is the one; those that it had made old are not.
void single_out(Self self, StatusWrite write, const pg::Outcome& outcome) {
  auto& state = self->state;
  if (write.size() > 1) {
    auto half = take_half(write);
    state.parts.push_front(std::move(write));
    state.parts.push_front(std::move(half));
    return;
  }
  auto& [device, messages] = *write.begin();
  const auto refused = newest(messages);
  log::warning("device_state", "PostgreSQL refuses a status of device {}: {} ({})", device.str(), outcome.message,
               outcome.sqlstate);
  refuse(self, refused->stream_seq, refused->ack_subject,
         {"device", device, refused->origin, Refusal::row_refused, "sqlstate " + outcome.sqlstate, refused->stream_seq,
          encode_status(refused->news.status)});
  messages.erase(refused);
  if (!messages.empty()) state.parts.push_front(std::move(write));
}

void written(Self self, const pg::Outcome& outcome) {
  auto& state = self->state;
  auto write = *std::exchange(state.writing, std::nullopt);
  if (pg::is_data_fault(outcome)) return single_out(self, std::move(write), outcome);
  std::vector<std::string> ack_subjects;
  for (auto& [device, messages] : write) {
    for (auto& message : messages) ack_subjects.push_back(std::move(message.ack_subject));
  }
  if (outcome.ok()) return state.config.acknowledge(ack_subjects);
  state.failures->Increment(static_cast<double>(ack_subjects.size()));
  if (outcome.failure != pg::Failure::away) {
    log::warning("device_state", "{} statuses are not written and will come again: {} {}", ack_subjects.size(),
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
  state.unknown_fields = &unknown_fields(metrics, "status");
  state.config = std::move(config);
  self->delayed_send(self, sweep_pause(state), sweep_atom_v);

  return {
      [self](arrived_atom) {
        for (auto& message : self->state.config.inbox->take()) {
          self->state.unknown_fields->Increment(static_cast<double>(message.unknown_fields));
          if (auto& refused = message.refused) {
            refuse(self, message.stream_seq, message.ack_subject,
                   {"device", message.device_id, message.origin, refused->code, refused->detail, message.stream_seq,
                    std::move(refused->payload)});
          } else if (message.status) {
            gather(self, message);
          } else {
            self->state.others->Increment();
            self->state.config.acknowledge({&message.ack_subject, 1});
          }
        }
        write_next(self);
      },
      [self](const QueryDone& done) {
        if (done.tag == sweep_tag) {
          self->state.sweeping = false;
          return;
        }
        written(self, done.outcome);
        write_next(self);
      },
      [self](const LetterDone& done) {
        if (done.stored) self->state.config.acknowledge({&done.due.ack_subject, 1});
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
