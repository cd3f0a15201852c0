#include "actors/telemetry_writer.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <set>

#include "tests/actors/rows.hpp"
#include "tests/actors/stage.hpp"

using namespace epicura;
using namespace epicura::tests;

namespace {

// A table whose answers the test gives, one after the other.
struct Table final : ReadingTable {
  struct Asked {
    std::vector<std::string> metrics;
    std::vector<double> values;
    LastSeen seen;
    Duplicates duplicates;
    pg::Callback done;
  };
  std::deque<Asked> asked;
  std::size_t conflicts_asked = 0;

  void insert(const std::vector<ReadingRow>& rows, const LastSeen& seen, Duplicates duplicates,
              pg::Callback done) override {
    Asked unit{{}, {}, seen, duplicates, std::move(done)};
    for (const auto& row : rows) {
      unit.metrics.push_back(row.reading->metric);
      unit.values.push_back(row.reading->value);
    }
    asked.push_back(std::move(unit));
  }
  void count_conflicts(const std::vector<ReadingRow>&, std::function<void(std::int64_t)> done) override {
    ++conflicts_asked;
    done(1);
  }
};

struct Kitchen {
  explicit Kitchen(std::size_t rows = 4) : batch_rows(rows) {}
  std::size_t batch_rows;
  Stage stage;
  std::shared_ptr<Table> table = std::make_shared<Table>();
  bool partitions_ready = true;
  std::vector<std::uint64_t> written;
  std::vector<RowRefused> refused;
  writer_actor writer =
      stage.system.spawn(telemetry_writer, WriterConfig{table, std::chrono::milliseconds{10}, batch_rows,
                                                        [this] { return partitions_ready; }, &stage.metrics});
  // Who hands in rows and hears of their end.
  row_owner_actor owner = stage.system.spawn([this]() -> row_owner_actor::behavior_type {
    return {[this](const RowsWritten& rows) {
              written.insert(written.end(), rows.stream_seqs->begin(), rows.stream_seqs->end());
            },
            [this](const RowRefused& row) { refused.push_back(row); }};
  });
  Uuid device = Uuid::v7();

  ~Kitchen() {
    table->asked.clear();
    stage.end(writer);
    stage.end(owner);
  }
  void hand_in(TelemetryMessages messages) {
    caf::send_as(owner, writer, batch(std::move(messages)));
    stage.run();
  }
  void answer(pg::Outcome outcome) {
    REQUIRE_FALSE(table->asked.empty());
    auto done = std::move(table->asked.front().done);
    table->asked.pop_front();
    done(std::move(outcome));
    stage.run();
  }
};

}  // namespace

TEST_CASE("rows wait for others as long as the linger, then go as one batch") {
  Kitchen kitchen;
  kitchen.hand_in({message(1, kitchen.device, {reading("a", 1)})});
  kitchen.hand_in({message(2, kitchen.device, {reading("b", 1)})});
  CHECK(kitchen.table->asked.empty());
  kitchen.stage.advance(std::chrono::milliseconds{10});
  REQUIRE(kitchen.table->asked.size() == 1);
  CHECK(kitchen.table->asked[0].metrics.size() == 2);
}

TEST_CASE("readings of one time go in the stream's order: of two values under one key the first one stays") {
  Kitchen kitchen(100);
  std::vector<Reading> readings;
  readings.reserve(50);
  for (int value = 0; value < 50; ++value) readings.push_back(reading("m", value, 1));
  kitchen.hand_in({message(1, kitchen.device, readings)});
  for (int value = 50; value < 100; ++value)
    kitchen.hand_in({message(static_cast<std::uint64_t>(value), kitchen.device, {reading("m", value, 1)})});
  REQUIRE(kitchen.table->asked.size() == 1);
  const auto& values = kitchen.table->asked[0].values;
  CHECK(values.size() == 100);
  CHECK(std::is_sorted(values.begin(), values.end()));
}

TEST_CASE("a full batch goes at once, and at most two are under way") {
  Kitchen kitchen;
  for (std::uint64_t seq = 1; seq <= 12; ++seq)
    kitchen.hand_in({message(seq, kitchen.device, {reading("m", 1, static_cast<int>(seq))})});
  CHECK(kitchen.table->asked.size() == 2);
  kitchen.answer(failed(pg::Failure::away));
  CHECK(kitchen.written.empty());
}

TEST_CASE("without PostgreSQL rows wait and are tried again for ever, with growing pauses") {
  Kitchen kitchen;
  kitchen.hand_in({message(1, kitchen.device, {reading("a", 1)})});
  kitchen.stage.advance(std::chrono::milliseconds{10});
  for (int i = 0; i < 20; ++i) {
    kitchen.answer(failed(pg::Failure::away));
    CHECK(kitchen.table->asked.empty());
    kitchen.stage.advance(std::chrono::seconds{2});
    REQUIRE(kitchen.table->asked.size() == 1);
  }
  kitchen.answer(failed(pg::Failure::timeout));
  kitchen.stage.send(kitchen.writer, retry_atom_v);  // PostgreSQL is back: no waiting
  CHECK(kitchen.table->asked.size() == 1);
  CHECK(kitchen.refused.empty());
  CHECK(kitchen.stage.counted("epicura_write_failures_total") == 21);
}

TEST_CASE("a batch that meets a duplicate goes again to bear it, and the next ones do so at once, for a while") {
  Kitchen kitchen;
  std::uint64_t seq = 0;
  const auto next = [&] {
    ++seq;
    kitchen.hand_in({message(seq, kitchen.device, {reading("m", 1, static_cast<int>(seq))})});
    kitchen.stage.advance(std::chrono::milliseconds{10});
    REQUIRE(kitchen.table->asked.size() == 1);
    return kitchen.table->asked.front().duplicates;
  };
  CHECK(next() == Duplicates::unexpected);
  kitchen.answer(failed(pg::Failure::refused, "23505"));
  REQUIRE(kitchen.table->asked.size() == 1);  // at once
  CHECK(kitchen.table->asked.front().duplicates == Duplicates::expected);
  CHECK(kitchen.table->asked.front().metrics.size() == 1);
  CHECK(kitchen.stage.counted("epicura_write_duplicate_batches_total") == 1);
  kitchen.answer(failed(pg::Failure::refused, "22003"));
  for (int careful = 1; careful < 64; ++careful) {
    CHECK(next() == Duplicates::expected);
    kitchen.answer(failed(pg::Failure::refused, "22003"));  // leaves nothing behind for the next turn
  }
  CHECK(next() == Duplicates::unexpected);
  CHECK(kitchen.stage.counted("epicura_write_failures_total") == 0);
}

TEST_CASE("a poison row is found by bisection and refused alone") {
  Kitchen kitchen;
  kitchen.hand_in({message(1, kitchen.device,
                           {reading("a", 1, 1), reading("b", 1, 2), reading("poison", 1, 3), reading("d", 1, 4)})});
  // Units without the poison never succeed here (an ok outcome needs a server's result): they fail as away, and come
  // again.
  std::set<std::string> refused_alone;
  for (int turn = 0; turn < 50 && kitchen.refused.empty(); ++turn) {
    if (kitchen.table->asked.empty()) kitchen.stage.advance(std::chrono::seconds{2});
    REQUIRE_FALSE(kitchen.table->asked.empty());
    const auto& metrics = kitchen.table->asked.front().metrics;
    const bool poisoned = std::find(metrics.begin(), metrics.end(), "poison") != metrics.end();
    kitchen.answer(poisoned ? failed(pg::Failure::refused, "22003") : failed(pg::Failure::away));
  }
  REQUIRE(kitchen.refused.size() == 1);
  CHECK(kitchen.refused[0].stream_seq == 1);
  CHECK(kitchen.refused[0].refused.code == Refusal::row_refused);
  CHECK(kitchen.refused[0].refused.payload.find("poison") != std::string::npos);
}

TEST_CASE("a row of a day without a partition waits until partitions were made, and is refused when they were") {
  Kitchen kitchen;
  kitchen.partitions_ready = false;
  kitchen.hand_in({message(1, kitchen.device, {reading("a", 1)})});
  kitchen.stage.advance(std::chrono::milliseconds{10});
  kitchen.answer(failed(pg::Failure::refused, "23514"));
  CHECK(kitchen.refused.empty());
  kitchen.stage.advance(std::chrono::seconds{2});
  kitchen.partitions_ready = true;
  kitchen.answer(failed(pg::Failure::refused, "23514"));
  CHECK(kitchen.refused.size() == 1);
}

TEST_CASE("a device's last-seen time goes with its first reading in ten seconds, sorted by device") {
  Kitchen kitchen;
  const Uuid low = *Uuid::parse("00000000-0000-7000-8000-000000000001");
  const Uuid high = *Uuid::parse("ff000000-0000-7000-8000-000000000001");
  kitchen.hand_in(
      {message(1, high, {reading("a", 1)}), message(2, low, {reading("a", 1)}), message(3, low, {reading("b", 1)})});
  kitchen.stage.advance(std::chrono::milliseconds{10});
  REQUIRE(kitchen.table->asked.size() == 1);
  REQUIRE(kitchen.table->asked[0].seen.size() == 2);
  CHECK(kitchen.table->asked[0].seen[0].first == low);
  CHECK(kitchen.table->asked[0].seen[1].first == high);
}
