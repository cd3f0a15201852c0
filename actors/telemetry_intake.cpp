#include "actors/telemetry_intake.hpp"

#include "actors/unknown_fields.hpp"

#include <algorithm>

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace epicura {

namespace {

using Self = intake_actor::stateful_pointer<IntakeState>;

constexpr int max_feeds_under_way = 4;
constexpr std::size_t max_waiting_feeds = 64;
constexpr auto letter_pause = std::chrono::seconds{1};

DeadLetter letter_of(const TelemetryMessage& message, const RefusedReading& refused) {
  return {"telemetry",
          message.device_id,
          message.origin,
          refused.code,
          fmt::format("reading {}: {}", refused.index, refused.detail),
          message.stream_seq,
          refused.payload};
}

void settle(IntakeState& state, std::span<const std::uint64_t> stream_seqs) {
  state.config.load->leave(stream_seqs.size());
  std::vector<std::string> ack_subjects;
  ack_subjects.reserve(stream_seqs.size());
  for (const auto stream_seq : stream_seqs) {
    auto settled = state.ledger.settle(stream_seq);
    if (settled.ack_subject) ack_subjects.push_back(std::move(*settled.ack_subject));
  }
  state.config.acknowledge(ack_subjects);
  state.acknowledged->Increment(static_cast<double>(ack_subjects.size()));
}

void after_settling(IntakeState& state) {
  state.open->Set(static_cast<double>(state.ledger.size()));
  if (state.ledger.size() > 0) return;
  for (auto& flush : state.flushes) flush.deliver(state.open_at_flush);
  state.flushes.clear();
}

// The twins' side: never waited for, at most `max_feeds_under_way` batches on their way to the directory.
void feed_twins(Self self, TelemetryBatch batch) {
  auto& state = self->state;
  if (state.feeds_under_way < max_feeds_under_way) {
    ++state.feeds_under_way;
    self->send(state.config.directory, std::move(batch));
    return;
  }
  if (state.waiting_feeds.size() >= max_waiting_feeds) {
    state.waiting_feeds.erase(state.waiting_feeds.begin());
    state.feeds_dropped->Increment();
  }
  state.waiting_feeds.push_back(std::move(batch));
}

void take_in(Self self) {
  auto& state = self->state;
  auto arrived = state.config.inbox->take();
  state.messages->Increment(static_cast<double>(arrived.size()));

  auto kept = arrived.begin();
  for (auto& message : arrived) {
    const auto opened =
        state.ledger.open(message.stream_seq, message.stored_at, std::move(message.ack_subject), message.parts());
    if (opened != DeliveryLedger::Opened::fresh) {
      state.config.load->leave(message.parts());
      continue;
    }
    if (&*kept != &message) *kept = std::move(message);
    ++kept;
  }
  state.redelivered->Increment(static_cast<double>(arrived.end() - kept));
  arrived.erase(kept, arrived.end());
  if (arrived.empty()) return;

  for (const auto& message : arrived) {
    state.refused->Increment(static_cast<double>(message.refused));
    state.unknown_fields->Increment(static_cast<double>(message.unknown_fields));
    for (const auto& refused : message.letters) {
      state.letters->Increment();
      self->send(self,
                 LetterDue{message.stream_seq, {}, std::make_shared<const DeadLetter>(letter_of(message, refused))});
    }
  }
  TelemetryBatch batch{std::make_shared<const TelemetryMessages>(std::move(arrived))};
  self->send(state.config.writer, batch);
  feed_twins(self, std::move(batch));
}

void publish(Self self, const LetterDue& due) {
  self->state.config.publish_letter(*due.letter, [owner = intake_actor(self), due](bool stored) {
    caf::anon_send(owner, LetterDone{due, stored});
  });
}

}  // namespace

intake_actor::behavior_type telemetry_intake(Self self, IntakeConfig config) {
  auto& state = self->state;
  auto& metrics = *config.metrics;
  state.messages =
      &metrics.counter("epicura_intake_messages_total", "messages of stream TELEMETRY that were delivered");
  state.redelivered = &metrics.counter("epicura_intake_redelivered_total", "redelivered while still held, and dropped");
  state.acknowledged =
      &metrics.counter("epicura_intake_acknowledged_total", "messages acknowledged after their commit");
  state.letters = &metrics.counter("epicura_dead_letters_total", "dead letters by source", {{"source", "telemetry"}});
  state.refused =
      &metrics.counter("epicura_intake_refused_total", "readings that cannot be kept; see the dead letters");
  state.unknown_fields = &unknown_fields(metrics, "telemetry");
  state.feeds_dropped =
      &metrics.counter("epicura_twin_feeds_dropped_total", "batches that the twins were too slow for");
  state.open = &metrics.gauge("epicura_intake_open_messages", "messages delivered and not yet acknowledged");
  state.config = std::move(config);

  return {
      [self](const RowsWritten& written) {
        settle(self->state, *written.stream_seqs);
        after_settling(self->state);
      },
      [self](const RowRefused& row) {
        self->state.letters->Increment();
        publish(self, {row.stream_seq,
                       {},
                       std::make_shared<const DeadLetter>(DeadLetter{"telemetry", row.device_id, row.origin,
                                                                     row.refused.code, row.refused.detail,
                                                                     row.stream_seq, row.refused.payload})});
      },
      [self](arrived_atom) {
        take_in(self);
        after_settling(self->state);
      },
      [self](const LetterDue& due) { publish(self, due); },
      [self](const LetterDone& done) {
        if (!done.stored) return self->delayed_send(self, letter_pause, done.due);
        settle(self->state, {&done.due.stream_seq, 1});
        after_settling(self->state);
      },
      [self](fed_atom) {
        auto& intake = self->state;
        --intake.feeds_under_way;
        if (intake.waiting_feeds.empty()) return;
        auto next = std::move(intake.waiting_feeds.front());
        intake.waiting_feeds.erase(intake.waiting_feeds.begin());
        feed_twins(self, std::move(next));
      },
      [self](flush_atom) -> caf::result<std::uint64_t> {
        take_in(self);
        auto& intake = self->state;
        intake.open_at_flush = intake.ledger.size();
        auto promise = self->make_response_promise<std::uint64_t>();
        intake.flushes.push_back(promise);
        after_settling(intake);
        return promise;
      },
  };
}

}  // namespace epicura
