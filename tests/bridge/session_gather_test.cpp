// How large a batch becomes: what comes within the time of gathering goes together, up to the limits of one batch.

#include "bridge/session.hpp"

#include <doctest/doctest.h>

#include "tests/bridge/sink.hpp"

namespace epicura::bridge::test {
namespace {

using Monotonic = std::chrono::steady_clock;

struct House {
  Broker broker;
  Sink sink;
  observe::Metrics metrics;
  SessionSettings settings = settings_for(broker);
  std::unique_ptr<Session> session;

  void start() {
    session = std::make_unique<Session>(settings, sink.events(), metrics, "test");
    session->start();
    REQUIRE(wait_until([this] { return sink.subscribed.load(); }));
  }
  // The broker holds them before the session may read the first.
  void publish_while_closed(const std::vector<Outgoing>& messages) {
    sink.opens = false;
    publish(broker, messages);
    sink.opens = true;
    session->wake();
  }
};

TEST_CASE("between the beginnings of two batches lies the time of gathering, and nothing is lost or out of order") {
  House house;
  house.settings.gather = Millis{100};
  house.start();
  for (int i = 0; i < 300; i += 10) publish(house.broker, numbered(i, 10));
  REQUIRE(wait_until([&] { return house.sink.stored == 300; }));
  house.session->stop();
  CHECK(house.sink.payloads() == numbers(0, 300));
  const auto& at = house.sink.offered_at;
  for (std::size_t i = 1; i < at.size(); ++i) {
    CHECK(at[i] - at[i - 1] >= Millis{80});  // what is offered was begun a moment before
  }
}

TEST_CASE("what a full batch has left over is not gathered for: it goes on at once") {
  House house;
  house.settings.gather = Millis{700};
  house.settings.batch_messages = 10;
  house.start();
  house.publish_while_closed(numbered(0, 200));
  REQUIRE(wait_until([&] { return house.sink.stored == 200; }));
  house.session->stop();
  CHECK(house.sink.payloads() == numbers(0, 200));
  CHECK(house.sink.largest_batch == 10);
  CHECK(house.sink.offers >= 20);
  CHECK(house.sink.offered_at.back() - house.sink.offered_at.front() < house.settings.gather);
}

TEST_CASE("a batch ends with the message that passes its bytes") {
  House house;
  house.settings.batch_bytes = 10'000;
  house.start();
  const std::size_t size = 3'000;
  std::vector<Outgoing> messages(50, Outgoing{topic_of("telemetry/t"), std::string(size, 'x')});
  house.publish_while_closed(messages);
  REQUIRE(wait_until([&] { return house.sink.stored == 50; }));
  house.session->stop();
  const auto each = topic_of("telemetry/t").size() + size;
  CHECK(house.sink.largest_bytes == 4 * each);  // three are below 10,000
}

TEST_CASE("who gathers still stops at once, and what it has not read comes again") {
  House house;
  house.settings.gather = Millis{1'000};
  house.start();
  publish(house.broker, numbered(0, 5));
  const auto began = Monotonic::now();
  house.session->wake();  // is no reason to end it earlier
  house.session->stop();
  CHECK(Monotonic::now() - began < Millis{500});
  CHECK(house.sink.stored == 0);
  house.settings.gather = Millis{0};
  house.start();
  REQUIRE(wait_until([&] { return house.sink.stored == 5; }));
  CHECK(house.sink.payloads() == numbers(0, 5));
}

}  // namespace
}  // namespace epicura::bridge::test
