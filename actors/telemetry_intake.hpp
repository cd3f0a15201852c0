#pragma once
// Intake of readings: what stream TELEMETRY delivers is decoded on the consumer's thread, and accounted for here.

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "actors/delivery_ledger.hpp"
#include "actors/inbox.hpp"
#include "actors/protocol.hpp"
#include "schema/observe/metrics.hpp"

namespace epicura {

using TelemetryInbox = Inbox<TelemetryMessage>;

// Any thread; fire and forget.
using Acknowledge = std::function<void(std::span<const std::string> ack_subjects)>;
// Any thread; `done` is called once, on any thread, with whether JetStream has the letter.
using PublishLetter = std::function<void(const DeadLetter&, std::function<void(bool stored)> done)>;

// How many readings and letters are open at intake: what bounds its memory where MaxAckPending, which counts messages,
// does not. The consumer's thread asks, the actor counts.
class IntakeLoad {
 public:
  static constexpr std::size_t most = 250'000;
  // False: too much is open. The message is left to JetStream, which delivers it again after AckWait.
  bool enter(std::size_t parts) {
    if (open_.fetch_add(parts) + parts <= most) return true;
    open_ -= parts;
    return false;
  }
  void leave(std::size_t parts) { open_ -= parts; }
  std::size_t open() const { return open_; }

 private:
  std::atomic<std::size_t> open_{0};
};

struct IntakeConfig {
  std::shared_ptr<TelemetryInbox> inbox;
  std::shared_ptr<IntakeLoad> load;
  writer_actor writer;
  directory_actor directory;
  Acknowledge acknowledge;
  PublishLetter publish_letter;
  observe::Metrics* metrics = nullptr;
};

struct IntakeState {
  static inline const char* name = "intake";
  IntakeConfig config;
  DeliveryLedger ledger;
  int feeds_under_way = 0;                    // batches that the directory has not taken in yet
  std::vector<TelemetryBatch> waiting_feeds;  // bounded; the oldest are dropped and counted
  std::vector<caf::typed_response_promise<std::uint64_t>> flushes;
  std::uint64_t open_at_flush = 0;

  observe::Counter* messages = nullptr;
  observe::Counter* redelivered = nullptr;
  observe::Counter* acknowledged = nullptr;
  observe::Counter* letters = nullptr;
  observe::Counter* refused = nullptr;
  observe::Counter* unknown_fields = nullptr;
  observe::Counter* feeds_dropped = nullptr;
  observe::Gauge* open = nullptr;
};

intake_actor::behavior_type telemetry_intake(intake_actor::stateful_pointer<IntakeState> self, IntakeConfig config);

}  // namespace epicura
