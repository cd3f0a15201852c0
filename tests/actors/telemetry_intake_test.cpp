#include "actors/telemetry_intake.hpp"

#include <doctest/doctest.h>

#include "tests/actors/stage.hpp"

using namespace epicura;
using namespace epicura::tests;

namespace {

// A writer and a directory that only keep what they are sent.
struct Heard {
  std::vector<TelemetryBatch> rows;
  std::vector<TelemetryBatch> fed;
  bool directory_answers = true;
};

struct Kitchen {
  Stage stage;
  Heard heard;
  std::vector<caf::typed_response_promise<fed_atom>> unanswered;
  std::vector<std::string> acknowledged;
  std::vector<std::pair<DeadLetter, std::function<void(bool)>>> letters;
  std::shared_ptr<IntakeLoad> load = std::make_shared<IntakeLoad>();
  std::shared_ptr<TelemetryInbox> inbox = std::make_shared<TelemetryInbox>();
  writer_actor writer = stage.system.spawn([this]() -> writer_actor::behavior_type {
    return {[this](const TelemetryBatch& rows) { heard.rows.push_back(rows); }, [](const QueryDone&) {},
            [](linger_atom, std::uint64_t) {}, [](retry_atom) {}};
  });
  directory_actor directory =
      stage.system.spawn([this](directory_actor::pointer self) -> directory_actor::behavior_type {
        return {[this, self](const TelemetryBatch& fed) -> caf::result<fed_atom> {
                  heard.fed.push_back(fed);
                  if (heard.directory_answers) return fed_atom_v;
                  return unanswered.emplace_back(self->make_response_promise<fed_atom>());
                },
                [](const PresenceChange&) {}, [](const Fed&) {}, [](const TwinQuery&) { return TwinAnswer{}; },
                [this](sweep_atom) {  // answers what it owes: a promise is kept on its own actor's turn
                  for (auto& promise : std::exchange(unanswered, {})) promise.deliver(fed_atom_v);
                }};
      });
  intake_actor intake = stage.system.spawn(
      telemetry_intake, IntakeConfig{inbox, load, writer, directory,
                                     [this](std::span<const std::string> subjects) {
                                       acknowledged.insert(acknowledged.end(), subjects.begin(), subjects.end());
                                     },
                                     [this](const DeadLetter& letter, std::function<void(bool)> done) {
                                       letters.emplace_back(letter, std::move(done));
                                     },
                                     &stage.metrics});
  Uuid device = Uuid::v7();

  ~Kitchen() {
    letters.clear();
    unanswered.clear();
    stage.end(intake);
    stage.end(writer);
    stage.end(directory);
  }
  void deliver(TelemetryMessage message) {
    CHECK(load->enter(message.parts()));
    inbox->put(std::move(message));
    stage.send(intake, arrived_atom_v);
  }
  void written(std::vector<std::uint64_t> seqs) {
    stage.send(intake, RowsWritten{std::make_shared<const std::vector<std::uint64_t>>(std::move(seqs))});
  }
};

}  // namespace

TEST_CASE("a message is acknowledged when its last row is committed, not before") {
  Kitchen kitchen;
  kitchen.deliver(message(7, kitchen.device, {reading("a", 1), reading("b", 2)}));
  REQUIRE(kitchen.heard.rows.size() == 1);
  CHECK(kitchen.acknowledged.empty());
  kitchen.written({7});
  CHECK(kitchen.acknowledged.empty());
  kitchen.written({7});
  CHECK(kitchen.acknowledged == std::vector<std::string>{"ack.7"});
}

TEST_CASE("a redelivery of what is still held is dropped, and the newest acknowledgement counts") {
  Kitchen kitchen;
  kitchen.deliver(message(7, kitchen.device, {reading("a", 1)}));
  auto again = message(7, kitchen.device, {reading("a", 1)});
  again.ack_subject = "ack.7.again";
  kitchen.deliver(again);
  CHECK(kitchen.heard.rows.size() == 1);
  CHECK(kitchen.stage.counted("epicura_intake_redelivered_total") == 1);
  kitchen.written({7});
  CHECK(kitchen.acknowledged == std::vector<std::string>{"ack.7.again"});
  kitchen.deliver(again);  // after the acknowledgement it is a new delivery
  CHECK(kitchen.heard.rows.size() == 2);
}

TEST_CASE("a refused reading holds its message until its dead letter is stored, and a failed store is tried again") {
  Kitchen kitchen;
  auto mixed = message(9, kitchen.device, {reading("good", 1)});
  mixed.letters.push_back({1, Refusal::bad_value, "not a number", "{}"});
  mixed.refused = 1;
  kitchen.deliver(mixed);
  REQUIRE(kitchen.letters.size() == 1);
  CHECK(kitchen.letters[0].first.code == Refusal::bad_value);
  CHECK(kitchen.letters[0].first.stream_seq == 9);
  kitchen.written({9});
  CHECK(kitchen.acknowledged.empty());
  kitchen.letters[0].second(false);
  kitchen.stage.run();
  CHECK(kitchen.letters.size() == 1);
  kitchen.stage.advance(std::chrono::seconds{1});
  REQUIRE(kitchen.letters.size() == 2);
  kitchen.letters[1].second(true);
  kitchen.stage.run();
  CHECK(kitchen.acknowledged == std::vector<std::string>{"ack.9"});
}

TEST_CASE("a row that PostgreSQL refuses becomes a dead letter, then the message is acknowledged") {
  Kitchen kitchen;
  kitchen.deliver(message(5, kitchen.device, {reading("a", 1), reading("poison", 2)}));
  kitchen.written({5});
  kitchen.stage.send(kitchen.intake,
                     RowRefused{5, kitchen.device, "epicura.x", {0, Refusal::row_refused, "sqlstate 23514", "{}"}});
  REQUIRE(kitchen.letters.size() == 1);
  CHECK(kitchen.letters[0].first.code == Refusal::row_refused);
  CHECK(kitchen.acknowledged.empty());
  kitchen.letters[0].second(true);
  kitchen.stage.run();
  CHECK(kitchen.acknowledged == std::vector<std::string>{"ack.5"});
}

TEST_CASE("slow twins delay no row: what they cannot take waits, bounded, and the oldest is dropped and counted") {
  Kitchen kitchen;
  kitchen.heard.directory_answers = false;
  for (std::uint64_t seq = 1; seq <= 100; ++seq) kitchen.deliver(message(seq, kitchen.device, {reading("a", 1)}));
  CHECK(kitchen.heard.rows.size() == 100);
  CHECK(kitchen.heard.fed.size() == 4);
  CHECK(kitchen.stage.counted("epicura_twin_feeds_dropped_total") == 100 - 4 - 64);
  kitchen.heard.directory_answers = true;
  kitchen.stage.send(kitchen.directory, sweep_atom_v);
  CHECK(kitchen.heard.fed.size() == 4 + 64);
}

TEST_CASE("what is open is counted to the last part, and beyond a bound messages are left to JetStream") {
  Kitchen kitchen;
  kitchen.deliver(message(1, kitchen.device, {reading("a", 1), reading("b", 1)}));
  kitchen.deliver(message(1, kitchen.device, {reading("a", 1), reading("b", 1)}));
  CHECK(kitchen.load->open() == 2);
  kitchen.written({1, 1});
  CHECK(kitchen.load->open() == 0);
  CHECK(kitchen.load->enter(IntakeLoad::most));
  CHECK_FALSE(kitchen.load->enter(1));
}

TEST_CASE(
    "a new stream counts from 1 again: its message is not taken for a held one's redelivery, nor acknowledged by it") {
  Kitchen kitchen;
  kitchen.deliver(message(1, kitchen.device, {reading("old", 1)}));
  auto stranger = message(1, kitchen.device, {reading("new", 1)});
  stranger.stored_at += Millis{1};
  kitchen.deliver(stranger);
  CHECK(kitchen.heard.rows.size() == 1);
  kitchen.written({1});
  CHECK(kitchen.acknowledged.empty());
  kitchen.deliver(stranger);  // delivered again
  CHECK(kitchen.heard.rows.size() == 2);
  kitchen.written({1});
  CHECK(kitchen.acknowledged == std::vector<std::string>{"ack.1"});
}

TEST_CASE("a flush is answered when nothing is open any more") {
  Kitchen kitchen;
  CHECK(kitchen.load->enter(1));
  kitchen.inbox->put(message(3, kitchen.device, {reading("a", 1)}));
  std::optional<std::uint64_t> answered;
  auto asker = kitchen.stage.system.spawn([&](caf::event_based_actor* self) {
    self->request(kitchen.intake, caf::infinite, flush_atom_v).then([&](std::uint64_t open) { answered = open; });
  });
  kitchen.stage.run();
  CHECK(kitchen.heard.rows.size() == 1);  // the flush takes in what had come
  CHECK_FALSE(answered);
  kitchen.written({3});
  kitchen.stage.run();
  CHECK(answered == 1);
}
