#include "bus/store.hpp"

#include <doctest/doctest.h>

#include <future>

#include "bus/subjects.hpp"
#include "bus_fixture.hpp"

namespace epicura::bus {
namespace {

StoreOutcome outcome_of(Store& store, const Outgoing& message) {
  auto promise = std::make_shared<std::promise<StoreOutcome>>();
  auto future = promise->get_future();
  store.publish(message, [promise](StoreOutcome outcome) { promise->set_value(outcome); });
  if (future.wait_for(std::chrono::seconds{10}) != std::future_status::ready) FAIL("no outcome at all");
  return future.get();
}

// A message counts as stored only if a consumer of the stream gets it.
TEST_CASE("what is stored is in the stream, in order, with time and sequence") {
  const NatsServer server;
  Process process(server);
  REQUIRE(process.settled());
  CHECK(process.store.store_all(numbered("batch", 500)));
  CHECK(process.store.store_all({}));
  CHECK(process.store.store_all(numbered("more than may be outstanding", 9000)));
  CHECK(outcome_of(process.store, telemetry("single")) == StoreOutcome::stored);
  CHECK(outcome_of(process.store, telemetry("")) == StoreOutcome::stored);
  CHECK(outcome_of(process.store, telemetry(std::string(mib + 1000, 'x'))) == StoreOutcome::stored);
  REQUIRE(wait_until([&] { return process.received.size() >= 9503; }));
  CHECK(process.received.has("batch-499"));
  CHECK(process.received.has("single"));
  CHECK(std::is_sorted(process.received.sequences.begin(), process.received.sequences.end()));
  CHECK(process.received.size() == 9503);
}

TEST_CASE("a message id keeps out the second, which counts as stored") {
  const NatsServer server;
  Process process(server, {"DEVICE", "device-state", 100, Millis{10'000}});
  REQUIRE(process.settled());
  Outgoing status = telemetry("once");
  status.subject = "epicura." + Uuid::v7().str() + ".status";
  status.headers = {{msg_id_header, "device:1:1"}};
  CHECK(outcome_of(process.store, status) == StoreOutcome::stored);
  CHECK(process.store.store_all(std::vector{status, status}));
  status.payload = "other";
  status.headers = {{msg_id_header, "device:1:2"}};
  CHECK(outcome_of(process.store, status) == StoreOutcome::stored);
  REQUIRE(wait_until([&] { return process.received.has("other"); }));
  CHECK(process.received.size() == 2);
}

TEST_CASE("what cannot be stored is refused, and the messages around it are not harmed") {
  const NatsServer server;
  Process process(server);
  REQUIRE(process.settled());
  CHECK(outcome_of(process.store, {"epicura.a b", "x", {}}) == StoreOutcome::refused);
  CHECK(outcome_of(process.store, {"epicura.a\r\nPUB b 0\r\n", "x", {}}) == StoreOutcome::refused);
  CHECK(outcome_of(process.store, {"", "x", {}}) == StoreOutcome::refused);
  CHECK(outcome_of(process.store, telemetry(std::string(3 * mib, 'x'))) == StoreOutcome::refused);
  auto batch = numbered("around", 3);
  batch[1].subject = "epicura.*.telemetry";
  CHECK_FALSE(process.store.store_all(batch));
  CHECK(process.store.store_all(numbered("after", 3)));
  CHECK(process.state().connected);
}

TEST_CASE("without a stream each is refused; with it, stored again") {
  const NatsServer server;
  observe::Metrics metrics;
  Connection connection(settings_for(server), {}, metrics);
  Store store(connection, {8192, Millis{3000}}, metrics);
  CHECK(outcome_of(store, telemetry("before start")) == StoreOutcome::away);
  REQUIRE(connection.start());
  REQUIRE(wait_until([&] { return connection.connected(); }));
  const auto begun = std::chrono::steady_clock::now();
  CHECK(outcome_of(store, telemetry("no stream")) == StoreOutcome::refused);
  CHECK_FALSE(store.store_all(numbered("no stream", 500)));
  CHECK(std::chrono::steady_clock::now() - begun < Millis{2000});  // by the server's word, not by the deadline
  const Keeper keeper(connection, small_streams(), {}, {}, metrics);
  CHECK(wait_until([&] { return store.store_all(numbered("stream", 10)); }));
  CHECK(metrics.text().find("epicura_bus_store_total{outcome=\"refused\"}") != std::string::npos);
}

TEST_CASE("a full file store refuses, and nothing that is reported stored is missing") {
  const NatsServer server("1MB");
  Process process(server, {"TELEMETRY", "telemetry-writer", 5000, Millis{10'000}}, {telemetry_stream(-1)});
  REQUIRE(process.settled());
  std::set<std::string> stored;
  std::size_t refused = 0;
  for (int i = 0; i < 200; ++i) {
    const auto message = telemetry(std::to_string(i) + std::string(10'000, '.'));
    const auto outcome = outcome_of(process.store, message);
    if (outcome == StoreOutcome::stored) stored.insert(message.payload);
    refused += outcome == StoreOutcome::refused ? 1 : 0;
  }
  CHECK(stored.size() > 50);
  CHECK(refused > 50);
  CHECK(stored.size() + refused == 200);
  CHECK_FALSE(process.store.store_all(numbered("full", 100)));
  CHECK(wait_until([&] { return process.received.size() >= stored.size(); }));
  for (const auto& payload : stored) CHECK(process.received.has(payload));
}

TEST_CASE("streams that do not fit the file store are not made, and nothing is stored") {
  NatsServer server("4MB");
  Process process(server);
  REQUIRE(wait_until([&] { return process.state().connected; }));
  CHECK_FALSE(process.settled(Millis{700}));
  CHECK_FALSE(process.state().streams_ready);
  CHECK_FALSE(process.store.store_all(numbered("nowhere", 10)));
}

TEST_CASE("kill -9 in the middle of batches: what was reported stored is there after the restart") {
  NatsServer server;
  std::multiset<std::string> stored;
  int failed = 0;
  {
    Process process(server);
    process.received.acknowledges = false;
    REQUIRE(process.settled());
    int batch_number = 0;
    for (int round = 0; round < 12; ++round) {
      std::atomic<bool> go_on{true};
      std::thread killer([&] {
        std::this_thread::sleep_for(Millis{20 + 13 * round});
        server.kill();
        go_on = false;
      });
      while (go_on) {
        const auto batch = numbered("b" + std::to_string(batch_number++), 500, 200);
        if (process.store.store_all(batch)) {
          for (const auto& one : batch) stored.insert(one.payload);
        } else {
          ++failed;
          break;
        }
      }
      killer.join();
      CHECK_FALSE(process.store.store_all(numbered("down", 10)));
      server.start();
      REQUIRE(process.settled());
    }
  }
  CHECK(failed > 0);
  MESSAGE(stored.size() << " reported stored, " << failed << " batches cut off by a kill");

  // A second process reads the whole stream.
  Process reader(server);
  REQUIRE(reader.settled());
  REQUIRE(wait_until(
      [&] {
        const std::scoped_lock lock(reader.received.mutex);
        return std::includes(reader.received.payloads.begin(), reader.received.payloads.end(), stored.begin(),
                             stored.end());
      },
      Millis{20'000}));
}

TEST_CASE("single publishes over a kill: each has one outcome, and those stored are there") {
  NatsServer server;
  Process process(server, {"TELEMETRY", "telemetry-writer", 5000, Millis{1000}});
  REQUIRE(process.settled());
  std::mutex mutex;
  std::set<std::string> stored;
  std::atomic<int> answered{0};
  constexpr int messages = 6000;
  for (int i = 0; i < messages; ++i) {
    const std::string payload = "single-" + std::to_string(i);
    process.store.publish(telemetry(payload), [&, payload](StoreOutcome outcome) {
      if (outcome == StoreOutcome::stored) {
        const std::scoped_lock lock(mutex);
        stored.insert(payload);
      }
      ++answered;
    });
    if (i == messages / 2) server.kill();
  }
  CHECK(wait_until([&] { return answered == messages; }));
  server.start();
  REQUIRE(process.settled());
  CHECK(wait_until([&] {
    const std::scoped_lock lock(mutex, process.received.mutex);
    return std::includes(process.received.payloads.begin(), process.received.payloads.end(), stored.begin(),
                         stored.end());
  }));
  CHECK(stored.size() < messages);
  CHECK(answered == messages);
}

TEST_CASE("a stalled server: the deadline fails a batch and a single, a late answer changes nothing") {
  NatsServer server;
  observe::Metrics metrics;
  Connection connection(settings_for(server), {}, metrics);
  Store store(connection, {8192, Millis{500}}, metrics);
  connection.start();
  std::optional<Keeper> keeper;
  keeper.emplace(connection, small_streams(), std::vector<Consumer*>{}, nullptr, metrics);
  REQUIRE(wait_until([&] { return store.store_all(numbered("before", 10)); }));
  keeper.reset();
  server.pause();
  const auto begun = std::chrono::steady_clock::now();
  CHECK_FALSE(store.store_all(numbered("stalled", 100)));
  CHECK(outcome_of(store, telemetry("stalled")) == StoreOutcome::timeout);
  const auto took = std::chrono::steady_clock::now() - begun;
  CHECK(took > Millis{1000});
  CHECK(took < Millis{1800});
  server.resume();
  CHECK(wait_until([&] { return store.store_all(numbered("after", 100)); }));
}

TEST_CASE("at most max_outstanding are under way, and stop fails them") {
  NatsServer server;
  observe::Metrics metrics;
  Connection connection(settings_for(server), {}, metrics);
  std::optional<Store> store(std::in_place, connection, StoreSettings{4, Millis{30'000}}, metrics);
  connection.start();
  REQUIRE(wait_until([&] { return connection.connected(); }));
  server.pause();
  std::vector<StoreOutcome> outcomes;
  std::mutex mutex;
  for (int i = 0; i < 6; ++i)
    store->publish(telemetry("x"), [&](StoreOutcome outcome) {
      const std::scoped_lock lock(mutex);
      outcomes.push_back(outcome);
    });
  CHECK(outcomes == std::vector{StoreOutcome::away, StoreOutcome::away});
  CHECK_FALSE(store->store_all(numbered("x", 1)));
  std::thread waiting([&] { store->stop(); });
  CHECK(wait_until(
      [&] {
        const std::scoped_lock lock(mutex);
        return outcomes.size() == 6;
      },
      Millis{1000}));
  waiting.join();
  CHECK(outcome_of(*store, telemetry("x")) == StoreOutcome::away);
  server.resume();
}

}  // namespace
}  // namespace epicura::bus
