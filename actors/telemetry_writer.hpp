#pragma once
// The telemetry writer: rows to PostgreSQL in batches, each one transaction together with devices.last_seen_at.
// Batches go in as new; one that meets a duplicate goes again by the statement that bears duplicates, and so do those
// after it for a while, since duplicates come in swarms (a restart, a flapping line).
// A batch that fails on a row is bisected until the row is alone; a batch that fails for want of PostgreSQL waits and
// is tried again for ever. The number of rows it holds is bounded by what JetStream delivers unacknowledged.

#include <deque>
#include <functional>
#include <memory>
#include <unordered_map>

#include "actors/protocol.hpp"
#include "schema/observe/metrics.hpp"

namespace epicura {

// The two units of work that the writer asks for; the callback comes once, on any thread.
struct ReadingRow {
  const TelemetryMessage* message;
  const Reading* reading;
};
using LastSeen = std::vector<std::pair<Uuid, Timestamp>>;  // sorted by id, so that transactions never wait in a circle

// Whether rows may be in the table already. `unexpected` is a third cheaper; a batch that has one is refused as a
// whole.
enum class Duplicates { unexpected, expected };

class ReadingTable {
 public:
  virtual ~ReadingTable() = default;
  // One transaction. The outcome's first result has the number of rows that were new.
  virtual void insert(const std::vector<ReadingRow>& rows, const LastSeen& seen, Duplicates duplicates,
                      pg::Callback done) = 0;
  // How many of the rows are there already with another value: counted, for the first value stays.
  virtual void count_conflicts(const std::vector<ReadingRow>& rows, std::function<void(std::int64_t)> done) = 0;
};
std::shared_ptr<ReadingTable> make_reading_table(pg::Client& client);

struct WriterConfig {
  std::shared_ptr<ReadingTable> table;
  std::chrono::milliseconds linger{10};
  std::size_t batch_rows = 5000;
  std::function<bool()> partitions_ready;  // before that, a row without a partition waits; afterwards it has none
  observe::Metrics* metrics = nullptr;
};

// Rows of one transaction, and what keeps them alive.
struct WriteUnit {
  std::vector<ReadingRow> rows;
  std::vector<std::shared_ptr<const TelemetryMessages>> owners;
  LastSeen seen;
  Duplicates duplicates = Duplicates::unexpected;
};

struct WriterState {
  static inline const char* name = "writer";
  WriterConfig config;
  row_owner_actor owner;  // who handed in the rows
  WriteUnit filling;
  std::deque<WriteUnit> ready;                             // full, bisected, or to be tried again
  std::unordered_map<std::uint64_t, WriteUnit> under_way;  // by tag
  std::uint64_t next_tag = 1;
  bool due = false;                   // `filling` has waited long enough
  std::uint64_t fill_generation = 1;  // a delayed message cannot be taken back: an old generation is ignored
  std::uint64_t lingering = 0;        // the generation that a delayed message is under way for
  std::size_t careful_units = 0;      // as many of the next ones are expected to have duplicates
  bool pausing = false;
  std::chrono::milliseconds pause{0};
  std::unordered_map<Uuid, Timestamp> last_seen;  // as committed

  observe::Counter* written = nullptr;
  observe::Counter* duplicates = nullptr;
  observe::Counter* conflicts = nullptr;
  observe::Counter* refused = nullptr;
  observe::Counter* batches = nullptr;
  observe::Counter* met_duplicates = nullptr;
  observe::Counter* failures = nullptr;
};

writer_actor::behavior_type telemetry_writer(writer_actor::stateful_pointer<WriterState> self, WriterConfig config);

}  // namespace epicura
