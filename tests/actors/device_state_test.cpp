#include "actors/device_state.hpp"

#include <doctest/doctest.h>

#include <deque>

#include "actors/directory.hpp"
#include "tests/actors/stage.hpp"

using namespace epicura;
using namespace epicura::tests;

namespace {

struct Table final : DeviceTable {
  std::deque<std::pair<StatusBatch, pg::Callback>> asked;
  std::vector<std::pair<Timestamp, pg::Callback>> sweeps;
  void apply(const StatusBatch& batch, pg::Callback done) override { asked.emplace_back(batch, std::move(done)); }
  void sweep_presence(Timestamp cut_off, pg::Callback done) override { sweeps.emplace_back(cut_off, std::move(done)); }
};

const Timestamp noon = *parse_rfc3339("2026-11-20T12:00:00Z");

struct Kitchen {
  Stage stage;
  std::shared_ptr<Table> table = std::make_shared<Table>();
  std::shared_ptr<DeviceInbox> inbox = std::make_shared<DeviceInbox>();
  std::vector<std::string> acknowledged;
  std::vector<std::pair<DeadLetter, std::function<void(bool)>>> letters;
  directory_actor directory_of_devices = stage.system.spawn(
      directory, DirectoryConfig{[](const Uuid&, const pg::Callback&) {}, std::chrono::hours{1}, &stage.metrics});
  device_state_actor states = stage.system.spawn(
      device_state, DeviceStateConfig{inbox, table, directory_of_devices,
                                      [this](std::span<const std::string> subjects) {
                                        acknowledged.insert(acknowledged.end(), subjects.begin(), subjects.end());
                                      },
                                      [this](const DeadLetter& letter, std::function<void(bool)> done) {
                                        letters.emplace_back(letter, std::move(done));
                                      },
                                      [] { return noon; }, [this] { return database_since; }, std::chrono::seconds{300},
                                      &stage.metrics});
  Uuid device = Uuid::v7();
  std::optional<Timestamp> database_since = noon - std::chrono::hours{1};
  std::map<Uuid, DeviceStatus> stored;  // by answer_all

  Kitchen() { stage.run(); }
  ~Kitchen() {
    table->asked.clear();
    table->sweeps.clear();
    letters.clear();
    stage.end(states);
    stage.end(directory_of_devices);
  }
  void deliver(std::uint64_t stream_seq, bool online, std::int64_t epoch, int at_ms, bool retained = false) {
    deliver(device, stream_seq, {online, epoch, ""}, at_ms, retained);
  }
  void deliver(const Uuid& whose, std::uint64_t stream_seq, DeviceStatus status, int at_ms, bool retained = false) {
    inbox->put({stream_seq, "ack." + std::to_string(stream_seq), "epicura.x.status", whose, noon + Millis{at_ms},
                retained, std::move(status), std::nullopt});
    stage.send(states, arrived_atom_v);
  }
  void answer(std::optional<pg::Failure> failure, const std::string& sqlstate = {}) {
    REQUIRE_FALSE(table->asked.empty());
    auto done = std::move(table->asked.front().second);
    table->asked.pop_front();
    pg::Outcome outcome;
    outcome.failure = failure;
    outcome.sqlstate = sqlstate;
    done(std::move(outcome));
    stage.run();
  }
  // As a table that takes no firmware called "bad", until nothing is asked any more; how often it was asked.
  int answer_all() {
    int asked = 0;
    for (; !table->asked.empty(); ++asked) {
      REQUIRE(table->asked.size() == 1);
      const auto& batch = table->asked[0].first;
      const bool bad = std::any_of(batch.begin(), batch.end(),
                                   [](const auto& item) { return item.second.status.firmware == "bad"; });
      if (bad) {
        answer(pg::Failure::refused, "22001");
        continue;
      }
      for (const auto& [whose, news] : batch) stored[whose] = news.status;
      answer(std::nullopt);
    }
    return asked;
  }
};

}  // namespace

TEST_CASE("one batch is written at a time; what comes meanwhile goes together, each device once with its newest") {
  Kitchen kitchen;
  kitchen.deliver(1, true, 7, 0);
  kitchen.deliver(2, false, 7, 10);
  kitchen.deliver(3, true, 8, 20);
  kitchen.deliver(4, false, 7, 30);        // a late will of the older connection
  kitchen.deliver(5, false, 8, 10, true);  // told again by the broker
  REQUIRE(kitchen.table->asked.size() == 1);
  CHECK(kitchen.acknowledged.empty());
  kitchen.answer(std::nullopt);
  CHECK(kitchen.acknowledged == std::vector<std::string>{"ack.1"});
  REQUIRE(kitchen.table->asked.size() == 1);
  const auto& batch = kitchen.table->asked[0].first;
  REQUIRE(batch.size() == 1);
  CHECK(batch.begin()->second.status.online);
  CHECK(batch.begin()->second.status.epoch == 8);
  kitchen.answer(std::nullopt);
  CHECK(kitchen.acknowledged.size() == 5);
}

TEST_CASE("what could not be written is not acknowledged, so that it comes again") {
  Kitchen kitchen;
  kitchen.deliver(1, true, 7, 0);
  kitchen.answer(pg::Failure::away);
  CHECK(kitchen.acknowledged.empty());
  CHECK(kitchen.stage.counted("epicura_device_failures_total") == 1);
  kitchen.deliver(1, true, 7, 0);
  kitchen.answer(std::nullopt);
  CHECK(kitchen.acknowledged == std::vector<std::string>{"ack.1"});
}

TEST_CASE("a status that PostgreSQL refuses is singled out; those around it are written") {
  Kitchen kitchen;
  kitchen.deliver(1, true, 1, 0);
  std::vector<Uuid> devices;
  for (std::uint64_t i = 0; i < 100; ++i) {  // they come while the first is under way: one batch
    devices.push_back(Uuid::v7());
    kitchen.deliver(devices.back(), i + 2, {true, 1, i == 37 ? "bad" : "good"}, 0);
  }
  const int asked = kitchen.answer_all();
  CHECK(asked > 2);
  CHECK(asked < 20);  // halves, not each by itself
  CHECK(kitchen.stored.size() == 100);
  CHECK_FALSE(kitchen.stored.contains(devices[37]));
  CHECK(kitchen.acknowledged.size() == 100);
  REQUIRE(kitchen.letters.size() == 1);
  const auto& letter = kitchen.letters[0].first;
  CHECK(letter.source == "device");
  CHECK(letter.code == Refusal::row_refused);
  CHECK(letter.device_id == devices[37]);
  CHECK(letter.stream_seq == 39);
  CHECK(letter.origin == "epicura.x.status");
  CHECK(letter.detail == "sqlstate 22001");
  CHECK(letter.payload == R"({"epoch":1,"firmware":"bad","state":"online"})");
  kitchen.letters[0].second(true);
  kitchen.stage.run();
  CHECK(kitchen.acknowledged.back() == "ack.39");
  CHECK(kitchen.stage.counted("epicura_dead_letters_total", {{"source", "device"}}) == 1);
  CHECK(kitchen.stage.counted("epicura_device_failures_total") == 0);
}

TEST_CASE("what a refused status had made old is written in its place") {
  Kitchen kitchen;
  kitchen.deliver(1, true, 1, 0);
  kitchen.deliver(2, true, 2, 10);
  kitchen.deliver(kitchen.device, 3, {true, 3, "bad"}, 20);
  kitchen.deliver(kitchen.device, 4, {false, 3, "bad"}, 30);
  kitchen.answer_all();
  CHECK(kitchen.stored[kitchen.device].epoch == 2);
  CHECK(kitchen.acknowledged == std::vector<std::string>{"ack.1", "ack.2"});
  REQUIRE(kitchen.letters.size() == 2);
  CHECK(kitchen.letters[0].first.stream_seq == 4);
  CHECK(kitchen.letters[1].first.stream_seq == 3);
}

TEST_CASE("only a fault of the data is looked for in halves; what comes between waits its turn") {
  Kitchen kitchen;
  kitchen.deliver(1, true, 1, 0);
  kitchen.deliver(Uuid::v7(), 2, {true, 1, ""}, 0);
  kitchen.deliver(Uuid::v7(), 3, {true, 1, ""}, 0);
  kitchen.answer(std::nullopt);
  kitchen.answer(pg::Failure::refused, "57014");  // too slow
  CHECK(kitchen.table->asked.empty());
  CHECK(kitchen.stage.counted("epicura_device_failures_total") == 2);
  kitchen.deliver(kitchen.device, 4, {true, 2, "bad"}, 0);
  kitchen.deliver(5, true, 3, 10);
  kitchen.answer(pg::Failure::refused, "22001");
  REQUIRE(kitchen.table->asked.size() == 1);
  CHECK(kitchen.table->asked[0].first.begin()->second.status.epoch == 3);
  kitchen.answer_all();
  CHECK(kitchen.acknowledged == std::vector<std::string>{"ack.1", "ack.5"});
  CHECK(kitchen.letters.size() == 1);
}

TEST_CASE("a status that cannot be read is acknowledged once its dead letter is stored; other kinds at once") {
  Kitchen kitchen;
  kitchen.inbox->put({9, "ack.9", "epicura.x.status", kitchen.device, noon, false, std::nullopt,
                      RefusedReading{0, Refusal::bad_json, "not JSON", "x"}});
  kitchen.inbox->put({10, "ack.10", "epicura.x.commands.ack", kitchen.device, noon, false, std::nullopt, std::nullopt});
  kitchen.stage.send(kitchen.states, arrived_atom_v);
  CHECK(kitchen.acknowledged == std::vector<std::string>{"ack.10"});
  REQUIRE(kitchen.letters.size() == 1);
  CHECK(kitchen.letters[0].first.source == "device");
  kitchen.letters[0].second(true);
  kitchen.stage.run();
  CHECK(kitchen.acknowledged.size() == 2);
}

TEST_CASE("silent devices are looked for, one sweep at a time") {
  Kitchen kitchen;
  kitchen.database_since = noon - std::chrono::seconds{299};  // what waited for it may not be written yet
  kitchen.stage.advance(std::chrono::seconds{30});
  CHECK(kitchen.table->sweeps.empty());
  kitchen.database_since = noon - std::chrono::seconds{300};
  kitchen.stage.advance(std::chrono::seconds{30});
  REQUIRE(kitchen.table->sweeps.size() == 1);
  CHECK(kitchen.table->sweeps[0].first == noon - std::chrono::seconds{300});
  kitchen.stage.advance(std::chrono::seconds{30});
  CHECK(kitchen.table->sweeps.size() == 1);
  kitchen.table->sweeps[0].second(pg::Outcome{});
  kitchen.stage.advance(std::chrono::seconds{30});
  CHECK(kitchen.table->sweeps.size() == 2);
}
