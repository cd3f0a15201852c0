#pragma once
// Writes what stream DEAD_LETTER delivers into the table that admins look through, in batches, one at a time. What is
// committed is acknowledged; a batch that fails is not, and comes again. Where PostgreSQL refuses the data, the batch
// is halved until the letter is alone: that one is counted and acknowledged, since there is no place for the dead
// letter of a dead letter; the stream keeps it as long as it has room. Nothing waits for this actor.

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "actors/inbox.hpp"
#include "actors/protocol.hpp"
#include "actors/telemetry_intake.hpp"
#include "schema/dead_letter.hpp"
#include "schema/observe/metrics.hpp"

namespace epicura {

struct DeliveredLetter {
  std::string ack_subject;
  std::optional<KeptLetter> letter;  // absent: it cannot be read
};
using LetterInbox = Inbox<DeliveredLetter>;
using LetterBatch = std::vector<DeliveredLetter>;  // of those that can be read

class LetterTable {
 public:
  virtual ~LetterTable() = default;
  virtual void keep(const LetterBatch& batch, pg::Callback done) = 0;  // one that is there already stays as it is
};
std::shared_ptr<LetterTable> make_letter_table(pg::Client& client);

struct LetterWriterConfig {
  std::shared_ptr<LetterInbox> inbox;
  std::shared_ptr<LetterTable> table;
  Acknowledge acknowledge;
  observe::Metrics* metrics = nullptr;
};

struct LetterWriterState {
  static inline const char* name = "dead_letter_writer";
  LetterWriterConfig config;
  LetterBatch gathering;          // all three together are bounded by the consumer's MaxAckPending
  std::deque<LetterBatch> parts;  // of one that was refused
  std::optional<LetterBatch> writing;

  observe::Counter* kept = nullptr;
  observe::Counter* unreadable = nullptr;
  observe::Counter* failures = nullptr;
};

dead_letter_writer_actor::behavior_type dead_letter_writer(
    dead_letter_writer_actor::stateful_pointer<LetterWriterState> self, LetterWriterConfig config);

}  // namespace epicura
