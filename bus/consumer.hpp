#pragma once
// A durable push consumer with explicit acknowledgement, no deliver group, held by one process at a time.
//
// The lease is the consumer's deliver subject. Each process has one of its own and subscribes to it first; then it puts
// it into the consumer's configuration, which the server refuses while anyone listens on the present one. So a second
// process cannot bind while the holder lives, takes over when its connection ends, and gets what the holder had not
// acknowledged again at once (the server redelivers on a change of the subject; otherwise after ack_wait).
// Redelivered messages come out of order, before and among new ones.

#include <atomic>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "bus/connection.hpp"
#include "bus/jetstream.hpp"
#include "bus/streams.hpp"
#include "bus/subscription.hpp"

namespace epicura::bus {

struct Delivery {
  std::string_view subject;
  std::string_view payload;
  std::uint64_t stream_seq = 0;
  Timestamp stored_at;  // when JetStream stored it
  StoredTime stored_exactly;
  std::string ack_subject;  // for acknowledge()
  bool redelivered = false;
  bool retained = false;  // published with retain_header
};

struct ConsumerSpec {
  std::string stream;
  std::string durable;
  int max_ack_pending = 5000;  // delivered and not acknowledged; bounds what is queued here
  Millis ack_wait{10'000};     // delivered again after this
  // Messages wait for it to be kept: its backlog, and whether anybody serves it, say what the bus is able to do. False:
  // a looker-on, whose stream may well overflow.
  bool counts = true;
};

// A consumer as the server has it.
struct ConsumerFacts {
  std::uint64_t unacknowledged = 0;  // messages of the stream not delivered yet, or delivered and not acknowledged
  std::uint64_t ack_floor = 0;       // all up to this stream sequence are acknowledged
  bool served = false;               // a process is bound to it, this or another
};

class Consumer {
 public:
  // `handler` runs on the subscription's own library thread, one delivery at a time; the delivery is valid during the
  // call. It must not throw. It is called once a Keeper has bound the consumer.
  Consumer(Connection& connection, ConsumerSpec spec, std::function<void(const Delivery&)> handler,
           observe::Metrics& metrics);
  ~Consumer();  // drain(1 s)
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;

  const ConsumerSpec& spec() const { return spec_; }
  bool bound() const { return bound_; }

  // No new deliveries; what has come is handled; after the return the handler is not running and not called again.
  // What is not acknowledged by then may still be. Another process can take over from here on. Not from the handler.
  void drain(Millis limit);

  // One step towards being bound; the Keeper's. Absent: the server did not answer, or refused. Blocks for the
  // context's time limit.
  std::optional<ConsumerFacts> keep(jsCtx* js, const StreamFacts& stream);
  void unbind() { bound_ = false; }  // the connection or the stream is gone; the Keeper's

 private:
  ConsumerInfo create(jsCtx* js, const StreamFacts& stream);
  ConsumerInfo take(jsCtx* js, const jsConsumerInfo& present);
  void deliver(natsMsg* message);

  const ConsumerSpec spec_;
  const std::function<void(const Delivery&)> handler_;
  observe::Counter& deliveries_;
  observe::Counter& redeliveries_;
  Pace pace_{Millis{10'000}};
  std::atomic<bool> bound_{false};
  std::atomic<bool> draining_{false};
  // What this process knows to be acknowledged, and of which stream: where a deleted consumer is made to go on.
  std::int64_t floor_stream_ns_ = 0;
  std::uint64_t floor_ = 0;
  Delivery delivery_;  // reused, for its ack_subject's memory
  Subscription subscription_;
};

// "+ACK", fire and forget: where it does not arrive, the message is delivered again. Any thread.
void acknowledge(Connection& connection, std::span<const std::string> ack_subjects);

// "-NAK", fire and forget: to be delivered again after `pause`, not only after ack_wait. Any thread.
void decline(Connection& connection, const std::string& ack_subject, Millis pause);

}  // namespace epicura::bus
