#include "bus/socket_loop.hpp"

#include <doctest/doctest.h>

#include <thread>

#include "bus_fixture.hpp"

namespace epicura::bus {
namespace {

// Outcomes of single publishes, from any thread.
struct Outcomes {
  std::atomic<int> stored{0}, others{0};
  Store::Done count() {
    return [this](StoreOutcome outcome) { ++(outcome == StoreOutcome::stored ? stored : others); };
  }
  int all() const { return stored + others; }
};

}  // namespace

TEST_CASE("what a thread gathers goes out with send_gathered, and with it what others publish meanwhile") {
  const NatsServer server;
  Process process(server);
  REQUIRE(process.settled());
  Outcomes outcomes;
  {
    SocketLoop::Gathering gathering;
    process.store.publish(telemetry("gathered"), outcomes.count());
    std::thread([&] { process.store.publish(telemetry("another's"), outcomes.count()); }).join();
    CHECK_FALSE(wait_until([&] { return outcomes.all() > 0; }, Millis{50}));
    gathering.send();
    CHECK(wait_until([&] { return outcomes.stored == 2; }));
    process.store.publish(telemetry("at the end"), outcomes.count());
  }
  CHECK(wait_until([&] { return outcomes.stored == 3; }));
}

TEST_CASE("a stalled server: what is not written is bounded, the rest is refused at once; then it goes on") {
  NatsServer server;
  observe::Metrics metrics;
  Connection connection(settings_for(server), {}, metrics);
  Store store(connection, {8192, Millis{20'000}}, metrics);
  connection.start();
  std::optional<Keeper> keeper;
  keeper.emplace(connection, small_streams(), std::vector<Consumer*>{}, nullptr, metrics);
  REQUIRE(wait_until([&] { return store.store_all(numbered("before", 10)); }));
  keeper.reset();
  server.pause();
  Outcomes outcomes;
  constexpr int megabytes = 64;
  for (int i = 0; i < megabytes; ++i) store.publish(telemetry(std::string(mib, 'x')), outcomes.count());
  CHECK(outcomes.stored == 0);
  CHECK(outcomes.others.load() > megabytes / 2);  // 16 MiB here, and what the kernel's buffers take
  CHECK(outcomes.others.load() < megabytes - 16);
  server.resume();
  CHECK(wait_until([&] { return outcomes.all() == megabytes; }));
  CHECK(outcomes.stored > 16);
  CHECK(wait_until([&] { return store.store_all(numbered("after", 100)); }));
}

TEST_CASE("threads that gather, over kills of the server: one outcome each, and it goes on after each") {
  NatsServer server;
  Process process(server);
  REQUIRE(process.settled());
  std::atomic<bool> over{false};
  std::atomic<int> published{0};
  Outcomes outcomes;
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int thread = 0; thread < 4; ++thread)
    threads.emplace_back([&, thread] {
      SocketLoop::gather_from_now_on();
      while (!over) {
        for (int i = 0; i <= thread * 8; ++i) {
          ++published;
          process.store.publish(telemetry("gathered"), outcomes.count());
        }
        SocketLoop::send_gathered();
        std::this_thread::yield();
      }
    });
  for (int kill = 0; kill < 5; ++kill) {
    const int before = outcomes.stored;
    CHECK(wait_until([&] { return outcomes.stored > before + 500; }));
    server.kill();
    server.start();
  }
  const int before = outcomes.stored;
  CHECK(wait_until([&] { return outcomes.stored > before + 500; }));
  over = true;
  for (auto& thread : threads) thread.join();
  CHECK(wait_until([&] { return outcomes.all() == published; }));
}

TEST_CASE("what was gathered on a connection that has ended since goes nowhere") {
  const NatsServer server;
  observe::Metrics metrics;
  SocketLoop::Gathering gathering;
  {
    Connection connection(settings_for(server), {}, metrics);
    connection.start();
    REQUIRE(wait_until([&] { return connection.connected(); }));
    REQUIRE(natsConnection_PublishString(connection.link().get(), "epicura.x.telemetry", "x") == NATS_OK);
  }
  gathering.send();
}

}  // namespace epicura::bus
