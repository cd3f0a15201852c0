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
                                      [this](const std::string& subject) { acknowledged.push_back(subject); },
                                      [this](const DeadLetter& letter, std::function<void(bool)> done) {
                                        letters.emplace_back(letter, std::move(done));
                                      },
                                      [] { return noon; }, [this] { return database_since; }, std::chrono::seconds{300},
                                      &stage.metrics});
  Uuid device = Uuid::v7();
  std::optional<Timestamp> database_since = noon - std::chrono::hours{1};

  Kitchen() { stage.run(); }
  ~Kitchen() {
    table->asked.clear();
    table->sweeps.clear();
    letters.clear();
    stage.end(states);
    stage.end(directory_of_devices);
  }
  void deliver(std::uint64_t stream_seq, bool online, std::int64_t epoch, int at_ms, bool retained = false) {
    inbox->put({stream_seq, "ack." + std::to_string(stream_seq), "epicura.x.status", device, noon + Millis{at_ms},
                retained, DeviceStatus{online, epoch, ""}, std::nullopt});
    stage.send(states, arrived_atom_v);
  }
  void answer(std::optional<pg::Failure> failure) {
    REQUIRE_FALSE(table->asked.empty());
    auto done = std::move(table->asked.front().second);
    table->asked.pop_front();
    pg::Outcome outcome;
    outcome.failure = failure;
    done(std::move(outcome));
    stage.run();
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
