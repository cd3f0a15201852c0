// NATS: what is consumed, published and heard; and what the bridge stores.

#include "actors/program_parts.hpp"

#include <caf/send.hpp>

#include "actors/bridge_settings.hpp"
#include "actors/intake_edge.hpp"
#include "bus/announce.hpp"
#include "bus/subjects.hpp"

namespace epicura {

namespace {

using namespace std::chrono_literals;

constexpr auto gather_deliveries = 2ms;
constexpr std::size_t ends_a_message = 1000;

// The backlog is measured so often that little of a small stream can be filled meanwhile.
Millis look_interval(const Settings& settings) {
  constexpr std::int64_t bytes_per_ms = 64 << 10;  // more than a node stores
  return std::clamp(Millis{settings.telemetry_max_bytes / bytes_per_ms}, Millis{50}, Millis{1000});
}

}  // namespace

void Program::Parts::publish(const DeadLetter& letter, std::function<void(bool stored)> done) {
  store.publish({bus::dead_letter_subject(letter.source), encode(letter, now()), {}},
                [done = std::move(done)](bus::StoreOutcome outcome) { done(outcome == bus::StoreOutcome::stored); });
}

// The streams' wildcards let in more than devices have: other spellings of an id, other levels. A consumer's thread.
void Program::Parts::refuse_subject(const char* source, const bus::Delivery& delivery) {
  metrics.counter("epicura_dead_letters_total", "dead letters by source", {{"source", source}}).Increment();
  publish(letter_of_unknown_subject(source, delivery), [this, ack_subject = delivery.ack_subject](bool stored) {
    if (stored) bus::acknowledge(nats, {&ack_subject, 1});
  });
}

void Program::Parts::hear(natsMsg* message) {
  const std::string_view subject = natsMsg_GetSubject(message);
  const std::string_view text{natsMsg_GetData(message), static_cast<std::size_t>(natsMsg_GetDataLength(message))};
  if (subject == bus::quota_subject) return quota_feed.hear(text);
  if (subject != bus::revoked_subject) return;
  if (auto news = decode_revocation_news(text))
    caf::anon_send(revocations_feed, RevocationsHeard{std::make_shared<const RevocationNews>(std::move(*news))});
}

// The feed's own beat proves that it is listened to, so the actor may beat before this.
void Program::Parts::listen_to_nodes() {
  nats_listener = nats.on_change([feed = revocations_feed](bool connected) {
    if (connected) {
      caf::anon_send(feed, sweep_atom_v, std::uint64_t{0});
    } else {
      caf::anon_send(feed, lost_atom_v);
    }
  });
  node_news =
      std::make_unique<bus::Subscription>(nats, bus::node_news_subjects, [this](natsMsg* message) { hear(message); });
  caf::anon_send(revocations_feed, sweep_atom_v, std::uint64_t{0});
}

void Program::Parts::revoke(const std::vector<Uuid>& families) {
  revocations.end(families);
  for (auto left = std::span(families); !left.empty();) {
    const auto some = left.first(std::min(left.size(), ends_a_message));
    left = left.subspan(some.size());
    // Where it is not sent, the others read it from PostgreSQL at their next beat.
    bus::announce(nats, bus::revoked_subject, encode({instance_id, 0, {some.begin(), some.end()}}));
  }
}

void Program::Parts::start_consumers() {
  // Not at once: what comes in meanwhile is one batch for three actors instead of many.
  telemetry_inbox->on_first([to = intake] { caf::delayed_anon_send(to, gather_deliveries, arrived_atom_v); });
  device_inbox->on_first([to = states] { caf::anon_send(to, arrived_atom_v); });
  telemetry_consumer = std::make_unique<bus::Consumer>(
      nats, bus::ConsumerSpec{"TELEMETRY", "telemetry-writer"},
      [this](const bus::Delivery& delivery) {
        auto message = decode_telemetry_delivery(delivery);
        if (!message) return refuse_subject("telemetry", delivery);
        if (!intake_load->enter(message->parts())) return postponed.Increment();
        telemetry_inbox->put(std::move(*message));
      },
      metrics);
  device_consumer = std::make_unique<bus::Consumer>(
      nats, bus::ConsumerSpec{"DEVICE", "device-state"},
      [this](const bus::Delivery& delivery) {
        auto message = decode_device_delivery(delivery);
        if (!message) return refuse_subject("device", delivery);
        device_inbox->put(std::move(*message));
      },
      metrics);
  // The runner takes them one by one; some more wait for it, so that one whose acknowledgement was lost (AckWait) holds
  // up no other.
  job_consumer = std::make_unique<bus::Consumer>(
      nats, bus::ConsumerSpec{"JOBS", "job-runner", 16, Millis{60'000}},
      [to = runner_of_jobs](const bus::Delivery& delivery) {
        caf::anon_send(to, JobDelivery{delivery.stream_seq, delivery.ack_subject, std::string(delivery.subject),
                                       std::string(delivery.payload)});
      },
      metrics);
  letter_inbox->on_first([to = letter_writer] { caf::anon_send(to, arrived_atom_v); });
  letter_consumer = std::make_unique<bus::Consumer>(
      nats, bus::ConsumerSpec{"DEAD_LETTER", "dead-letter-writer", 500, Millis{30'000}, false},
      [this](const bus::Delivery& delivery) {
        letter_inbox->put({delivery.ack_subject, decode_dead_letter(delivery.payload)});
      },
      metrics);
  keeper = std::make_unique<bus::Keeper>(
      nats,
      std::vector{bus::telemetry_stream(settings.telemetry_max_bytes), bus::device_stream(settings.device_max_bytes),
                  bus::dead_letter_stream(settings.dead_letter_max_bytes), bus::job_stream()},
      std::vector{telemetry_consumer.get(), device_consumer.get(), job_consumer.get(), letter_consumer.get()},
      [this](const bus::BusState& state) {
        const auto could = std::pair{readiness.can_store(), readiness.can_store_telemetry()};
        readiness.streams = state.streams_ready;
        readiness.consumers = state.consumers_served;
        readiness.backlog = state.backlog;
        // What was counted before this look began is in what it saw.
        readiness.measured_bytes = counted_at_last_look;
        counted_at_last_look = readiness.stored_bytes;
        if (could != std::pair{readiness.can_store(), readiness.can_store_telemetry()})
          caf::anon_send(bridge, gate_atom_v);
      },
      metrics, look_interval(settings));
}

std::unique_ptr<bridge::Session> Program::Parts::make_session(BridgeSession which, std::function<void(bool)> changed) {
  const bool telemetry = which == BridgeSession::telemetry;
  bridge::SessionEvents events;
  events.store = [this, telemetry](auto& batch, auto& refused) {
    if (!telemetry) return device_sink.store(batch, refused);
    for (const auto& message : batch) readiness.count_stored(message.subject.size(), message.payload.size());
    return telemetry_sink.store(batch, refused);
  };
  events.open = [this, telemetry] { return telemetry ? readiness.can_store_telemetry() : readiness.can_store(); };
  events.changed = std::move(changed);
  events.other = [this](std::string_view topic, std::string_view payload) { broker_report.take(topic, payload); };
  return std::make_unique<bridge::Session>(session_settings(settings, which), std::move(events), metrics,
                                           telemetry ? "telemetry" : "device");
}

}  // namespace epicura
