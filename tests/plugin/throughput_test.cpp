// What the plugin costs: QoS 1 publications a second, through the same broker with it and without.

#include <doctest/doctest.h>

#include <fmt/format.h>

#include "tests/plugin/client.hpp"

using namespace epicura;
using namespace epicura::test;

namespace {

// Acknowledged publications a second, to a subscriber that takes them all.
double rate(Client& publisher, Client& subscriber, const std::string& topic) {
  constexpr std::size_t batch = 500;
  const std::string payload = R"({"ts":1795200000000,"values":{"temperature":181.5,"humidity":41.2,"weight":812}})";
  const auto start = std::chrono::steady_clock::now();
  std::size_t sent = 0;
  while (std::chrono::steady_clock::now() - start < std::chrono::milliseconds(500)) {
    for (std::size_t i = 0; i < batch; ++i) REQUIRE(publisher.send(topic, payload));
    sent += batch;
    REQUIRE(publisher.run_until([&] { return publisher.acknowledged() >= sent; }));
    REQUIRE(subscriber.run_until([&] { return subscriber.received.size() >= batch; }));
    subscriber.received.clear();
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  return static_cast<double>(sent) / took.count();
}

}  // namespace

TEST_CASE("the plugin leaves the broker at least half of its own rate") {
  const std::string id = new_device_id();
  const std::string topic = "epicura/" + id + "/telemetry";
  Broker guarded;
  REQUIRE(guarded.start());
  Bridge bridge(guarded);
  Client device(device_login(guarded, id));
  REQUIRE(device.connect_tcp(guarded) == 0);

  BrokerSpec spec;
  spec.replace = {{"\nplugin", "\n#plugin"}, {"allow_anonymous false", "allow_anonymous true"}};
  Broker bare(spec);
  REQUIRE(bare.start());
  Client subscriber({"subscriber", std::nullopt, "", MQTT_PROTOCOL_V311, false});
  Client publisher({id, std::nullopt, "", MQTT_PROTOCOL_V311, true});
  REQUIRE(subscriber.connect_socket(bare) == 0);
  REQUIRE(publisher.connect_tcp(bare) == 0);
  REQUIRE(subscriber.subscribe("epicura/+/telemetry") == 1);
  REQUIRE(subscriber.subscribe("epicura/+/telemetry/#") == 1);

  double with = 0;
  double without = 0;
  for (int round = 0; round < 4; ++round) {
    without = std::max(without, rate(publisher, subscriber, topic));
    with = std::max(with, rate(device, bridge.telemetry, topic));
  }
  MESSAGE(fmt::format("QoS 1 publications a second: {:.0f} with the plugin, {:.0f} without", with, without));
  CHECK(with > 0.5 * without);
}
