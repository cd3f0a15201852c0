#include "bridge/session.hpp"

#include <doctest/doctest.h>

#include <set>

#include "tests/bridge/sink.hpp"

namespace epicura::bridge::test {
namespace {

double value_of(observe::Metrics& metrics, const std::string& name) {
  return metrics.counter(name, "", {{"session", "test"}}).Value();
}

TEST_CASE("messages arrive once, in order, in bounded batches; QoS 0 alike") {
  Broker broker;
  Sink sink;
  observe::Metrics metrics;
  Session session(settings_for(broker), sink.events(), metrics, "test");
  session.start();
  REQUIRE(wait_until([&] { return sink.subscribed.load(); }));
  publish(broker, numbered(0, 5'000));
  // The broker lets QoS 0 overtake what is queued at QoS 1: wait in between.
  REQUIRE(wait_until([&] { return sink.stored == 5'000; }));
  publish(broker, numbered(5'000, 200, 0));
  REQUIRE(wait_until([&] { return sink.stored == 5'200; }));
  publish(broker, {{topic_of("telemetry"), "", 1}, {topic_of("telemetry"), std::string(60'000, 'x'), 1}});
  REQUIRE(wait_until([&] { return sink.stored == 5'202; }));
  session.stop();
  std::vector<std::string> expected = numbers(0, 5'200);
  expected.emplace_back();
  expected.emplace_back(60'000, 'x');
  CHECK(sink.payloads() == expected);
  CHECK(sink.good[0].topic == topic_of("telemetry/temperature"));
  CHECK(sink.good[0].subject == "epicura." + device + ".telemetry.temperature");
  CHECK(sink.largest_batch <= 512);
  CHECK(sink.subscriptions == 1);
  CHECK_FALSE(sink.subscribed);
  CHECK(value_of(metrics, "epicura_mqtt_messages_total") == 5'202);
  CHECK(value_of(metrics, "epicura_mqtt_batches_total") == sink.offers);
  CHECK(value_of(metrics, "epicura_mqtt_reconnects_total") == 0);
}

TEST_CASE("what could not be stored is not acknowledged: it comes again, in order, with growing pauses") {
  Broker broker;
  Sink sink;
  observe::Metrics metrics;
  Session session(settings_for(broker), sink.events(), metrics, "test");
  session.start();
  REQUIRE(wait_until([&] { return sink.subscribed.load(); }));
  sink.stores = false;
  publish(broker, numbered(0, 100));
  REQUIRE(wait_until([&] { return sink.offers >= 6; }));
  CHECK(sink.stored == 0);
  sink.stores = true;
  REQUIRE(wait_until([&] { return sink.stored >= 100; }));
  publish(broker, numbered(100, 1));  // nothing else is behind them
  REQUIRE(wait_until([&] { return sink.stored >= 101; }));
  session.stop();
  CHECK(sink.payloads() == numbers(0, 101));
  // The pauses are at least 25, 50, 100, 200, 400 ms.
  const auto& at = sink.offered_at;
  CHECK(at[5] - at[0] >= Millis{775});
  CHECK(at[5] - at[4] >= Millis{400});
  CHECK(value_of(metrics, "epicura_mqtt_reconnects_total") >= 6);
  CHECK(value_of(metrics, "epicura_mqtt_messages_total") == 101);
}

TEST_CASE("after a stop nothing that was stored comes again, and all that was not does") {
  Broker broker;
  observe::Metrics metrics;
  {
    Sink first;
    Session session(settings_for(broker), first.events(), metrics, "test");
    session.start();
    REQUIRE(wait_until([&] { return first.subscribed.load(); }));
    publish(broker, numbered(0, 1'000));
    REQUIRE(wait_until([&] { return first.stored == 1'000; }));
    session.stop();
  }
  publish(broker, numbered(1'000, 1'000));  // nobody is there: the broker keeps them for the session
  Sink second;
  Session session(settings_for(broker), second.events(), metrics, "test");
  session.start();
  REQUIRE(wait_until([&] { return second.stored >= 1'000; }));
  CHECK(second.payloads() == numbers(1'000, 1'000));
}

TEST_CASE("a closed gate: nothing is read, the broker keeps it, and wake() goes on") {
  Broker broker;
  Sink sink;
  observe::Metrics metrics;
  SessionSettings settings = settings_for(broker);
  settings.keepalive_s = 5;
  Session session(settings, sink.events(), metrics, "test");
  sink.opens = false;
  session.start();
  CHECK_FALSE(wait_until([&] { return sink.subscribed.load(); }, Millis{200}));
  sink.opens = true;
  session.wake();
  REQUIRE(wait_until([&] { return sink.subscribed.load(); }, Millis{500}));

  SUBCASE("for a moment") {
    sink.opens = false;
    session.wake();
    publish(broker, numbered(0, 5'000));
    CHECK_FALSE(wait_until([&] { return sink.offers > 0; }, Millis{300}));
    CHECK(sink.subscribed);  // the connection stands
    sink.opens = true;
    session.wake();
    REQUIRE(wait_until([&] { return sink.stored == 5'000; }));
    CHECK(sink.subscriptions == 1);
  }
  SUBCASE("for longer than the broker keeps the connection") {
    sink.opens = false;
    session.wake();
    publish(broker, numbered(0, 5'000));
    REQUIRE(wait_until([&] { return !sink.subscribed; }, Millis{15'000}));
    CHECK(sink.offers == 0);
    CHECK_FALSE(wait_until([&] { return sink.subscribed.load(); }, Millis{300}));
    sink.opens = true;
    session.wake();
    REQUIRE(wait_until([&] { return sink.stored >= 5'000; }));
    CHECK(sink.subscriptions == 2);
  }
  session.stop();
  CHECK(sink.payloads() == numbers(0, 5'000));
}

TEST_CASE("a broker that ends or is killed: the session comes back, and retained messages come again") {
  Broker broker;
  Sink sink;
  observe::Metrics metrics;
  publish(broker, {{topic_of("status"), R"({"state":"online","epoch":1})", 1, true}});
  Session session(settings_for(broker), sink.events(), metrics, "test");
  session.start();
  REQUIRE(wait_until([&] { return sink.stored == 1; }));
  CHECK(sink.good[0].retained);
  CHECK(sink.good[0].subject == "epicura." + device + ".status");

  broker.terminate();
  REQUIRE(wait_until([&] { return !sink.subscribed; }));
  broker.start();
  REQUIRE(wait_until([&] { return sink.stored == 2; }));
  publish(broker, numbered(0, 10));
  REQUIRE(wait_until([&] { return sink.stored == 12; }));

  broker.kill();
  REQUIRE(wait_until([&] { return !sink.subscribed; }));
  broker.start();
  REQUIRE(wait_until([&] { return sink.subscriptions == 3; }));
  publish(broker, numbered(10, 10));
  REQUIRE(wait_until([&] { return sink.stored >= 23; }));
  session.stop();
  CHECK(sink.payloads().back() == "19");
}

TEST_CASE("illegal topics are handed over as refused, and the good ones around them are kept") {
  Broker broker;
  Sink sink;
  observe::Metrics metrics;
  Session session(settings_for(broker), sink.events(), metrics, "test");
  session.start();
  REQUIRE(wait_until([&] { return sink.subscribed.load(); }));
  const std::vector<std::string> hostile = {topic_of("telemetry/a.b"),
                                            topic_of("telemetry/>"),
                                            topic_of("telemetry/*"),
                                            topic_of("telemetry/a b"),
                                            topic_of("telemetry/a/b/c/d/e"),
                                            "epicura/pot/telemetry",
                                            "epicura/*/status",
                                            topic_of("telemetry/" + std::string(65, 'x'))};
  std::vector<Outgoing> messages = numbered(0, 1);
  for (std::size_t i = 0; i < hostile.size(); ++i) {
    messages.push_back({hostile[i], "bad"});
    messages.push_back(numbered(static_cast<int>(i) + 1, 1)[0]);
  }
  publish(broker, messages);
  REQUIRE(wait_until([&] { return sink.stored == messages.size(); }));
  session.stop();
  CHECK(sink.payloads() == numbers(0, static_cast<int>(hostile.size()) + 1));
  REQUIRE(sink.refused.size() == hostile.size());
  for (std::size_t i = 0; i < hostile.size(); ++i) {
    CHECK(sink.refused[i].topic == hostile[i]);
    CHECK(sink.refused[i].code == Refusal::illegal_topic);
    CHECK(sink.refused[i].payload == "bad");
  }
  CHECK(value_of(metrics, "epicura_mqtt_messages_total") == static_cast<double>(messages.size()));
}

TEST_CASE("the broker's own topics go to `other`, and are not stored") {
  Broker broker;
  Sink sink;
  observe::Metrics metrics;
  SessionSettings settings = settings_for(broker);
  settings.filters.emplace_back("$SYS/broker/uptime");
  Session session(settings, sink.events(), metrics, "test");
  session.start();
  REQUIRE(wait_until([&] {
    const std::lock_guard lock(sink.mutex);
    return sink.others.contains("$SYS/broker/uptime");
  }));
  session.stop();
  CHECK(sink.offers == 0);
}

TEST_CASE("stop is prompt whatever the session waits for") {
  observe::Metrics metrics;
  const auto stops_promptly = [](Session& session) {
    const auto began = std::chrono::steady_clock::now();
    session.stop();
    return std::chrono::steady_clock::now() - began < Millis{500};
  };
  Sink sink;
  SessionSettings settings;
  settings.client_id = "nobody";
  settings.filters = {"epicura/+/status"};
  settings.socket_path = "/tmp/epicura-no-such-broker.sock";
  {
    Session away(settings, sink.events(), metrics, "test");
    away.start();
    REQUIRE(wait_until([&] { return value_of(metrics, "epicura_mqtt_reconnects_total") >= 4; }));
    CHECK(stops_promptly(away));
    CHECK(stops_promptly(away));
  }
  sink.opens = false;
  Session closed(settings, sink.events(), metrics, "test");
  closed.start();
  CHECK(stops_promptly(closed));
  Session never_started(settings, sink.events(), metrics, "test");
  CHECK(stops_promptly(never_started));
}

TEST_CASE("over TCP, too") {
  Broker broker;
  Sink sink;
  observe::Metrics metrics;
  SessionSettings settings = settings_for(broker);
  settings.socket_path.clear();
  settings.host = "127.0.0.1";
  settings.port = broker.port();
  Session session(settings, sink.events(), metrics, "test");
  session.start();
  REQUIRE(wait_until([&] { return sink.subscribed.load(); }));
  publish(broker, numbered(0, 100));
  REQUIRE(wait_until([&] { return sink.stored == 100; }));
  CHECK(metrics.text().find("epicura_mqtt_connected{session=\"test\"} 1") != std::string::npos);
}

}  // namespace
}  // namespace epicura::bridge::test
