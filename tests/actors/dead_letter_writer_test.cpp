#include "actors/dead_letter_writer.hpp"

#include <doctest/doctest.h>

#include <deque>

#include "schema/base64.hpp"
#include "tests/actors/stage.hpp"
#include "tests/bus/bus_fixture.hpp"
#include "tests/pg/migrated.hpp"
#include "tests/pg/session.hpp"

using namespace epicura;
using namespace epicura::tests;

namespace {

struct Table final : LetterTable {
  std::deque<std::pair<std::vector<std::string>, pg::Callback>> asked;  // details of the letters
  void keep(const LetterBatch& batch, pg::Callback done) override {
    std::vector<std::string> details;
    for (const auto& one : batch) details.push_back(one.letter->detail);
    asked.emplace_back(std::move(details), std::move(done));
  }
};

struct Office {
  Stage stage;
  std::shared_ptr<Table> table = std::make_shared<Table>();
  std::shared_ptr<LetterInbox> inbox = std::make_shared<LetterInbox>();
  std::vector<std::string> acknowledged;
  dead_letter_writer_actor writer =
      stage.system.spawn(dead_letter_writer, LetterWriterConfig{inbox, table,
                                                                [this](std::span<const std::string> subjects) {
                                                                  acknowledged.insert(acknowledged.end(),
                                                                                      subjects.begin(), subjects.end());
                                                                },
                                                                &stage.metrics});
  Office() { stage.run(); }
  ~Office() {
    table->asked.clear();
    stage.end(writer);
  }
  void deliver(const std::string& ack, std::optional<std::string> detail) {
    std::optional<KeptLetter> letter;
    if (detail) letter = KeptLetter{Uuid::v7(), Timestamp{}, "http", {}, "x", "bad_time", *detail, {}, 0, ""};
    inbox->put({ack, std::move(letter)});
    stage.send(writer, arrived_atom_v);
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
};

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("letters are written in batches, one at a time, and acknowledged after the commit") {
  Office office;
  office.deliver("a", "1");
  office.deliver("b", "2");
  office.deliver("c", "3");
  REQUIRE(office.table->asked.size() == 1);
  CHECK(office.acknowledged.empty());
  office.answer(std::nullopt);
  CHECK(office.acknowledged == Texts{"a"});
  REQUIRE(office.table->asked.size() == 1);
  CHECK(office.table->asked[0].first == Texts{"2", "3"});
  office.answer(pg::Failure::away);
  CHECK(office.acknowledged == Texts{"a"});  // they come again
  CHECK(office.stage.counted("epicura_dead_letters_kept_total") == 1);
  CHECK(office.stage.counted("epicura_dead_letters_failures_total") == 2);
}

TEST_CASE("junk in the stream is counted and acknowledged; so is a letter that PostgreSQL refuses by itself") {
  Office office;
  office.deliver("junk", std::nullopt);
  CHECK(office.acknowledged == Texts{"junk"});
  office.deliver("first", "0");
  for (const std::string detail : {"1", "2", "bad", "4"}) office.deliver(detail, detail);
  office.answer(std::nullopt);
  while (!office.table->asked.empty()) {
    const auto& details = office.table->asked[0].first;
    const bool bad = std::find(details.begin(), details.end(), "bad") != details.end();
    bad ? office.answer(pg::Failure::refused, "22021") : office.answer(std::nullopt);
  }
  CHECK(office.acknowledged.size() == 6);
  CHECK(office.stage.counted("epicura_dead_letters_unreadable_total") == 2);
  CHECK(office.stage.counted("epicura_dead_letters_kept_total") == 4);
}

TEST_CASE("a letter goes from the stream into the table, once, and nothing waits for it") {
  bus::NatsServer server;
  const auto conninfo = pg::migrated_database("letters");
  pg::TestClient database(conninfo);
  pg::Session sql(conninfo);
  Stage stage;
  const auto inbox = std::make_shared<LetterInbox>();
  observe::Metrics metrics;
  bus::Connection nats(bus::settings_for(server), {}, metrics);
  auto writer = stage.system.spawn(
      dead_letter_writer,
      LetterWriterConfig{inbox, make_letter_table(database.client),
                         [&](std::span<const std::string> acks) { bus::acknowledge(nats, acks); }, &metrics});
  bus::Consumer consumer(
      nats, {"DEAD_LETTER", "dead-letter-writer", 500, Millis{1'000}, false},
      [&](const bus::Delivery& delivery) {
        inbox->put({delivery.ack_subject, decode_dead_letter(delivery.payload)});
      },
      metrics);
  bus::Store store(nats, {8192, Millis{3000}}, metrics);
  nats.start();
  std::mutex mutex;
  bus::BusState state;
  bus::Keeper keeper(
      nats, {bus::dead_letter_stream(64 << 10)}, {&consumer},
      [&](const bus::BusState& now) {
        const std::scoped_lock lock(mutex);
        state = now;
      },
      metrics);
  const auto seen = [&] {
    const std::scoped_lock lock(mutex);
    return state;
  };
  REQUIRE(bus::wait_until([&] { return seen().consumers_bound; }));

  const auto id = Uuid::v7();
  const DeadLetter letter{"telemetry", id, "epicura/x", Refusal::bad_time, "too old", 17, std::string("p\0q", 3)};
  const auto text = encode(letter, now());
  const std::vector<bus::Outgoing> letters{
      {"cloud.dead-letter.telemetry", text},
      {"cloud.dead-letter.telemetry", "junk"},
      {"cloud.dead-letter.telemetry", text},
      {"cloud.dead-letter.mqtt",
       encode({"mqtt", {}, std::string(5'000, 'x'), Refusal::illegal_topic, "", 0, ""}, now())}};
  REQUIRE(store.store_all(letters));
  const auto written = [&](const std::string& select, const std::string& wanted) {
    return pg::eventually([&] {
      stage.send(writer, arrived_atom_v);
      return sql.ask(select) == wanted;
    });
  };
  CHECK(written("select count(*) from dead_letters", "2"));
  CHECK(sql.ask("select source || ' ' || code || ' ' || stream_seq || ' ' || size || ' ' || encode(payload, 'hex') "
                "from dead_letters where device_id = '" +
                id.str() + "'") == "telemetry bad_time 17 3 700071");
  CHECK(sql.ask("select length(origin) from dead_letters where source = 'mqtt'") == "1024");
  CHECK(metrics.counter("epicura_dead_letters_unreadable_total", "").Value() == 1);

  // The stream overflows while nobody writes: others are not held up by that.
  const std::vector<bus::Outgoing> flood(100, {"cloud.dead-letter.http", std::string(1'000, ' ')});
  REQUIRE(store.store_all(flood));
  CHECK(bus::wait_until([&] { return seen().consumers_served; }));
  CHECK(seen().backlog == 0);
  consumer.drain(Millis{500});
  keeper.stop();
  stage.end(writer);
}
