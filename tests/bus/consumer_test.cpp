#include "bus/consumer.hpp"

#include <doctest/doctest.h>

#include "bus_fixture.hpp"

namespace epicura::bus {
namespace {

const ConsumerSpec quick{"TELEMETRY", "telemetry-writer", 5000, Millis{1000}};

// Questions to JetStream that the program itself never asks.
struct Operator {
  explicit Operator(Connection& connection) : link(connection.link()) {
    jsCtx* raw = nullptr;
    natsConnection_JetStream(&raw, link.get(), nullptr);
    js.reset(raw);
  }
  void delete_stream() { CHECK(js_DeleteStream(js.get(), "TELEMETRY", nullptr, nullptr) == NATS_OK); }
  void delete_consumer() {
    CHECK(js_DeleteConsumer(js.get(), "TELEMETRY", "telemetry-writer", nullptr, nullptr) == NATS_OK);
  }
  ConsumerInfo consumer() {
    jsConsumerInfo* info = nullptr;
    js_GetConsumerInfo(&info, js.get(), "TELEMETRY", "telemetry-writer", nullptr, nullptr);
    return ConsumerInfo(info);
  }
  StreamInfo stream() {
    jsStreamInfo* info = nullptr;
    js_GetStreamInfo(&info, js.get(), "TELEMETRY", nullptr, nullptr);
    return StreamInfo(info);
  }
  Link link;
  JetStream js;
};

TEST_CASE("what is not acknowledged comes again, also after a restart of the server; what is does not") {
  NatsServer server;
  Process process(server, quick);
  REQUIRE(process.settled());
  REQUIRE(process.store.store_all(numbered("acknowledged", 100)));
  REQUIRE(wait_until([&] { return process.received.size() == 100; }));
  REQUIRE(process.connection.flush(Millis{2000}));
  process.received.acknowledges = false;
  REQUIRE(process.store.store_all(numbered("held", 100)));
  REQUIRE(wait_until([&] { return process.received.size() == 200; }));
  server.stop();  // not killed: nats-server saves acknowledgements now and then only, so a kill brings some messages
                  // again
  CHECK(wait_until([&] { return !process.state().connected && !process.state().consumers_bound; }));
  server.start();
  REQUIRE(process.settled());
  process.received.acknowledges = true;
  REQUIRE(process.store.store_all(numbered("new", 100)));
  REQUIRE(wait_until([&] { return process.received.size() >= 400; }));
  Operator eyes(process.connection);
  CHECK(wait_until([&] { return eyes.consumer()->NumAckPending == 0 && eyes.consumer()->NumPending == 0; }));
  const std::scoped_lock lock(process.received.mutex);
  CHECK(process.received.redelivered >= 100);
  for (int i = 0; i < 100; ++i) {
    CHECK(process.received.payloads.count("held-" + std::to_string(i)) >= 2);
    CHECK(process.received.payloads.count("acknowledged-" + std::to_string(i)) == 1);
    CHECK(process.received.payloads.count("new-" + std::to_string(i)) == 1);
  }
}

TEST_CASE("no loss over ten kills of the server under load") {
  NatsServer server;
  Process process(server, quick);
  REQUIRE(process.settled());
  std::set<std::string> stored;
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 5; ++i) {
      const auto batch = numbered("r" + std::to_string(round) + "." + std::to_string(i), 200);
      if (process.store.store_all(batch))
        for (const auto& one : batch) stored.insert(one.payload);
    }
    server.kill();
    server.start();
    REQUIRE(process.settled());
  }
  CHECK(stored.size() >= 8000);
  CHECK(wait_until([&] {
    const std::scoped_lock lock(process.received.mutex);
    return std::includes(process.received.payloads.begin(), process.received.payloads.end(), stored.begin(),
                         stored.end());
  }));
}

TEST_CASE("a second process waits, and takes over at once when the first ends") {
  NatsServer server;
  std::optional<Process> first(std::in_place, server);
  first->received.acknowledges = false;
  REQUIRE(first->settled());
  Process second(server);
  REQUIRE(wait_until([&] { return second.state().streams_ready; }));
  REQUIRE(first->store.store_all(numbered("held", 50)));
  REQUIRE(wait_until([&] { return first->received.size() == 50; }));
  CHECK_FALSE(second.settled(Millis{500}));
  CHECK(second.received.size() == 0);
  CHECK(first->consumer.bound());

  first.reset();
  const auto died = std::chrono::steady_clock::now();
  REQUIRE(second.settled());
  const auto bound_after = std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - died).count();
  // The holder's unacknowledged messages come at once, not after ack_wait (10 s).
  REQUIRE(wait_until([&] { return second.received.size() >= 50; }, Millis{2000}));
  MESSAGE("bound after " << bound_after << " ms, all redelivered after "
                         << std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - died).count()
                         << " ms");
  CHECK(bound_after < 300);
  REQUIRE(second.store.store_all(numbered("later", 50)));
  CHECK(wait_until([&] { return second.received.has("later-49"); }));
}

TEST_CASE("many take-overs, each process bound in its turn, and every message delivered") {
  NatsServer server;
  std::set<std::string> seen;
  std::optional<Process> holder(std::in_place, server);
  REQUIRE(holder->settled());
  for (int round = 0; round < 5; ++round) {
    auto* next = new Process(server);
    REQUIRE(holder->store.store_all(numbered("round" + std::to_string(round), 300)));
    holder->consumer.drain(Millis{2000});
    CHECK(next->settled(Millis{3000}));
    for (const auto& payload : holder->received.payloads) seen.insert(payload);
    CHECK(wait_until([&] {
      const std::scoped_lock lock(next->received.mutex);
      auto all = seen;
      all.insert(next->received.payloads.begin(), next->received.payloads.end());
      return all.size() == static_cast<std::size_t>(300 * (round + 1));
    }));
    for (const auto& payload : next->received.payloads) seen.insert(payload);
    delete next;
    holder.emplace(server);
    REQUIRE(holder->settled());
  }
}

TEST_CASE("a deleted consumer is made again, behind what was acknowledged") {
  NatsServer server;
  Process process(server, quick);
  REQUIRE(process.settled());
  REQUIRE(process.store.store_all(numbered("old", 300)));
  REQUIRE(wait_until([&] { return process.received.size() == 300; }));
  Operator eyes(process.connection);
  REQUIRE(wait_until([&] { return eyes.consumer()->AckFloor.Stream == 300; }));
  std::this_thread::sleep_for(Millis{1200});  // the keeper's own look each second
  eyes.delete_consumer();
  REQUIRE(process.store.store_all(numbered("new", 100)));
  REQUIRE(wait_until([&] { return process.received.has("new-99"); }));
  CHECK(process.received.size() == 400);
  CHECK(process.settled());
}

TEST_CASE("a deleted stream is made again, and read from its beginning") {
  NatsServer server;
  Process process(server, quick);
  REQUIRE(process.settled());
  REQUIRE(process.store.store_all(numbered("lost", 100)));
  REQUIRE(wait_until([&] { return process.received.size() == 100; }));
  std::this_thread::sleep_for(Millis{1200});
  Operator eyes(process.connection);
  eyes.delete_stream();
  CHECK_FALSE(process.store.store_all(numbered("while it is away", 10)));
  REQUIRE(wait_until([&] { return process.store.store_all(numbered("new", 50)); }));
  REQUIRE(wait_until([&] { return process.received.has("new-49"); }));
  CHECK(process.settled());
}

TEST_CASE("a server that comes back without its files gets streams and consumer anew") {
  NatsServer server;
  Process process(server, quick);
  REQUIRE(process.settled());
  REQUIRE(process.store.store_all(numbered("lost", 100)));
  server.kill();
  server.lose_files();
  server.start();
  REQUIRE(process.settled());
  REQUIRE(wait_until([&] { return process.store.store_all(numbered("new", 50)); }));
  CHECK(wait_until([&] { return process.received.has("new-0") && process.received.has("new-49"); }));
}

TEST_CASE("limits follow the settings; a stream that cannot do is left alone and not ready") {
  NatsServer server;
  {
    Process before(server, {"TELEMETRY", "telemetry-writer", 1000, Millis{5000}});
    REQUIRE(before.settled());
  }
  Process process(server, {"TELEMETRY", "telemetry-writer", 2000, Millis{7000}},
                  {telemetry_stream(32 * mib), device_stream(16 * mib), dead_letter_stream(16 * mib)});
  REQUIRE(process.settled());
  Operator eyes(process.connection);
  CHECK(eyes.stream()->Config->MaxBytes == 32 * mib);
  CHECK(eyes.stream()->Config->Retention == js_LimitsPolicy);
  CHECK(eyes.stream()->Config->Duplicates == 100'000'000);
  CHECK(eyes.consumer()->Config->MaxAckPending == 2000);
  CHECK(eyes.consumer()->Config->AckWait == 7'000'000'000);

  StreamSpec wider = telemetry_stream(32 * mib);
  wider.subjects.emplace_back("epicura.*.other");
  Pace pace(Millis{0});
  CHECK_FALSE(ensure_stream(eyes.js.get(), wider, pace));
  CHECK(eyes.stream()->Config->SubjectsLen == 2);
}

TEST_CASE("the backlog is the share of the limit that is not acknowledged") {
  CHECK(backlog_share({1, 1000, 0, 0, 0}, {0, 0}) == 0);
  CHECK(backlog_share({1, 1000, 10, 900, 10}, {0, 10}) == 0);
  CHECK(backlog_share({1, 1000, 10, 900, 10}, {10, 0}) == doctest::Approx(0.9));
  CHECK(backlog_share({1, 1000, 10, 900, 10}, {5, 5}) == doctest::Approx(0.45));
  CHECK(backlog_share({1, 1000, 10, 900, 10}, {500, 0}) == doctest::Approx(0.9));

  NatsServer server;
  Process process(server, {"TELEMETRY", "telemetry-writer", 100, Millis{10'000}},
                  {telemetry_stream(2 * mib), device_stream(16 * mib), dead_letter_stream(16 * mib)});
  process.received.acknowledges = false;
  REQUIRE(process.settled());
  REQUIRE(process.store.store_all(numbered("big", 170, 10'000)));
  CHECK(wait_until([&] { return process.state().backlog > 0.75; }));
  CHECK(process.state().backlog < 0.9);
  CHECK(process.received.size() == 100);  // max_ack_pending
  CHECK(process.metrics.text().find("epicura_bus_backlog_ratio") != std::string::npos);
}

TEST_CASE("drain lets what has come be handled, and nothing after") {
  NatsServer server;
  observe::Metrics metrics;
  Connection connection(settings_for(server), {}, metrics);
  std::atomic<int> handled{0};
  std::atomic<bool> slow{false};
  Consumer consumer(
      connection, {"TELEMETRY", "telemetry-writer", 200, Millis{10'000}},
      [&](const Delivery& delivery) {
        if (slow) std::this_thread::sleep_for(Millis{2});
        acknowledge(connection, {&delivery.ack_subject, 1});
        ++handled;
      },
      metrics);
  Store store(connection, {}, metrics);
  connection.start();
  Keeper keeper(connection, small_streams(), {&consumer}, {}, metrics);
  REQUIRE(wait_until([&] { return consumer.bound(); }));
  slow = true;
  REQUIRE(store.store_all(numbered("x", 1000)));
  REQUIRE(wait_until([&] { return handled > 5; }));
  consumer.drain(Millis{3000});
  const int at_the_end = handled;
  CHECK_FALSE(consumer.bound());
  std::this_thread::sleep_for(Millis{50});
  CHECK(handled == at_the_end);
  CHECK(at_the_end < 1000);
  REQUIRE(connection.flush(Millis{2000}));
  Operator eyes(connection);
  CHECK(eyes.consumer()->NumAckPending == 0);  // what was delivered was handled and acknowledged
  CHECK_FALSE(eyes.consumer()->PushBound);
  keeper.stop();
  connection.drain(Millis{1000});
  CHECK_FALSE(connection.connected());
}

}  // namespace
}  // namespace epicura::bus
