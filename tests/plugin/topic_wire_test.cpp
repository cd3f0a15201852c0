// What passes between devices and bridge, over the wire.

#include <doctest/doctest.h>

#include "bridge/plugin/bridge_sessions.hpp"
#include "tests/plugin/client.hpp"
#include "tests/plugin/wire.hpp"

using namespace epicura;
using namespace epicura::test;

namespace {

constexpr int refused_3 = 128;
constexpr int refused_5 = 135;

struct House {
  Broker broker;
  bool started = broker.start();
  Bridge bridge{broker};
  std::string id = new_device_id();
  std::string below = "epicura/" + id;

  // All that the bridge has got before this moment: messages of one publisher come in order.
  std::vector<Received> at_the_bridge() {
    Client device(device_login(broker, id));
    REQUIRE(device.connect_tcp(broker) == 0);
    for (const auto* topic : {"/telemetry/marker", "/events/marker"}) {
      REQUIRE(device.publish(below + topic, "") == 0);
    }
    REQUIRE(bridge.telemetry.run_until([&] { return bridge.telemetry.got(below + "/telemetry/marker"); }));
    REQUIRE(bridge.device.run_until([&] { return bridge.device.got(below + "/events/marker"); }));
    std::vector<Received> all = bridge.telemetry.received;
    all.insert(all.end(), bridge.device.received.begin(), bridge.device.received.end());
    std::erase_if(all, [](const Received& message) {
      return message.topic.ends_with("/marker") || message.topic.starts_with('$');
    });
    return all;
  }
};

}  // namespace

TEST_CASE("the table of topics, device to cloud, by MQTT 3.1.1 and 5") {
  House house;
  std::size_t expected = 0;
  for (const int protocol : {MQTT_PROTOCOL_V311, MQTT_PROTOCOL_V5}) {
    Client device(device_login(house.broker, house.id, protocol));
    REQUIRE(device.connect_tcp(house.broker) == 0);
    for (const std::string rest : {"/telemetry", "/telemetry/temperature", "/telemetry/a/b/c/d", "/status",
                                   "/events/paused", "/commands/ack", "/shadow/reported", "/ota/progress"}) {
      CHECK(device.publish(house.below + rest, rest) == 0);
      ++expected;
    }
    // MQTT 3.1.1 has no word for "refused": it is acknowledged, and goes nowhere.
    const int refused = protocol == MQTT_PROTOCOL_V5 ? refused_5 : 0;
    const std::string other = "epicura/" + new_device_id();
    for (const std::string& topic :
         {house.below + "/commands", house.below + "/telemetry/a/b/c/d/e", house.below + "/telemetry/a.b",
          house.below + "/telemetry/a b", house.below + "/telemetry/>", house.below + "/x", other + "/telemetry",
          other + "/commands", std::string("$epicura/plugin"), std::string("$SYS/broker/uptime"),
          std::string("$CONTROL/x"), std::string("x")}) {
      CAPTURE(topic);
      CHECK(device.publish(topic, "no") == refused);
    }
    CHECK(device.connected());
  }
  const auto seen = house.at_the_bridge();
  CHECK(seen.size() == expected);
  for (const auto& message : seen) {
    CHECK(house.below + message.payload == message.topic);
    CHECK(message.qos == 1);
  }
}

TEST_CASE("the table of topics, cloud to device") {
  House house;
  const std::vector<std::string> mine = {"/commands", "/shadow/desired", "/ota", "/recipes"};
  for (const int protocol : {MQTT_PROTOCOL_V311, MQTT_PROTOCOL_V5}) {
    const int refused = protocol == MQTT_PROTOCOL_V5 ? refused_5 : refused_3;
    Client device(device_login(house.broker, house.id, protocol));
    REQUIRE(device.connect_tcp(house.broker) == 0);
    for (const auto& rest : mine) CHECK(device.subscribe(house.below + rest) == 1);
    const std::string other = "epicura/" + new_device_id();
    for (const std::string& filter :
         {std::string("#"), std::string("+"), std::string("epicura/#"), std::string("epicura/+/commands"),
          house.below + "/#", house.below + "/+", house.below + "/telemetry", other + "/commands",
          std::string("$SYS/#"), std::string("$epicura/plugin"), "$share/g/" + house.below + "/commands"}) {
      CAPTURE(filter);
      CHECK(device.subscribe(filter) == refused);
    }
    for (const auto& rest : mine) CHECK(house.bridge.device.publish(house.below + rest, rest) == 0);
    CHECK(house.bridge.device.publish(other + "/commands", "for another") == 0);
    CHECK(house.bridge.device.publish(house.below + "/commands", "kept", 1, true) == 0);     // refused: retained
    CHECK(house.bridge.device.publish(house.below + "/telemetry", "from the bridge") == 0);  // refused
    CHECK(house.bridge.device.publish(house.below + "/recipes", "last") == 0);
    CHECK(device.run_until([&] { return !device.received.empty() && device.received.back().payload == "last"; }));
    CHECK(device.received.size() == mine.size() + 1);
  }
  CHECK(house.at_the_bridge().empty());
}

TEST_CASE("the bridge's sessions cannot lose their subscriptions") {
  House house;
  CHECK(house.bridge.telemetry.unsubscribe("epicura/+/telemetry") == 0);  // 3.1.1: no word for it
  CHECK(house.bridge.telemetry.subscribe("epicura/#") == refused_3);
  Client device(device_login(house.broker, house.id));
  REQUIRE(device.connect_tcp(house.broker) == 0);
  CHECK(device.publish(house.below + "/telemetry", "still here") == 0);
  CHECK(house.at_the_bridge().size() == 1);
}

TEST_CASE("only a status is kept: elsewhere the retained flag is taken off, and the message passes") {
  House house;
  Client device(device_login(house.broker, house.id));
  REQUIRE(device.connect_tcp(house.broker) == 0);
  for (const std::string rest : {"/status", "/telemetry", "/events/paused", "/shadow/reported"}) {
    CHECK(device.publish(house.below + rest, rest, 1, true) == 0);
  }
  CHECK(house.at_the_bridge().size() == 4);
  house.bridge.telemetry.received.clear();
  house.bridge.device.received.clear();
  subscribe_all(house.bridge.telemetry, house.bridge.device);  // what is kept comes again
  const auto kept = house.at_the_bridge();
  REQUIRE(kept.size() == 1);
  CHECK(kept[0].topic == house.below + "/status");
  CHECK(kept[0].retained);
}

TEST_CASE("a will comes out on the device's own status, and nowhere else") {
  House house;
  const std::string other = new_device_id();
  struct Case {
    std::string topic;
    bool passes;
  };
  for (const int protocol : {MQTT_PROTOCOL_V311, MQTT_PROTOCOL_V5}) {
    for (const auto& row : {Case{house.below + "/status", true}, Case{house.below + "/telemetry", false},
                            Case{house.below + "/events/error", false}, Case{"epicura/" + other + "/status", false}}) {
      CAPTURE(row.topic);
      for (const bool taken_over : {false, true}) {
        CAPTURE(taken_over);
        house.bridge.telemetry.received.clear();
        house.bridge.device.received.clear();
        Client device(device_login(house.broker, house.id, protocol));
        device.will(row.topic, "gone", true);
        REQUIRE(device.connect_tcp(house.broker) == 0);
        if (!taken_over) device.hang_up();
        // at_the_bridge() connects as the same device: the other's will is due then at the latest.
        const auto seen = house.at_the_bridge();
        CHECK(seen.size() == (row.passes ? 1 : 0));
      }
    }
  }
}

TEST_CASE("packets up to 64 KiB pass, one byte more ends the connection") {
  House house;
  const std::string topic = house.below + "/telemetry";
  for (const int protocol : {MQTT_PROTOCOL_V311, MQTT_PROTOCOL_V5}) {
    Client device(device_login(house.broker, house.id, protocol));
    REQUIRE(device.connect_tcp(house.broker) == 0);
    // Mosquitto counts the first byte, topic and packet id; an MQTT 5 client also the length (3) and properties (1).
    const std::size_t fits = 65'536 - 1 - 2 - topic.size() - 2 - (protocol == MQTT_PROTOCOL_V5 ? 4 : 0);
    CHECK(device.publish(topic, std::string(fits, 'x')) == 0);
    CHECK(device.connected());
    wire::Line line(house.broker);
    const std::string other = new_device_id();
    REQUIRE(line.write(wire::connect({other, other, house.broker.token(other)})));
    REQUIRE(line.read(4) == std::string("\x20\x02\x00\x00", 4));
    const std::string theirs = "epicura/" + other + "/telemetry";
    line.write(wire::publish(theirs, std::string(65'536 - 2 - theirs.size() - 2, 'x')));
    CHECK(line.hung_up());
  }
  CHECK(house.at_the_bridge().size() == 2);
}

TEST_CASE("QoS 2 and other broken packets end the connection, and no other's") {
  House house;
  const std::string topic = house.below + "/telemetry";
  const std::string login = wire::connect({house.id, house.id, house.broker.token(house.id)});
  const std::string topic_with_wildcard = wire::publish(house.below + "/telemetry/+", "x");
  const std::string topic_with_nul = wire::publish(house.below + std::string("/telemetry/a\0b", 14), "x");
  const std::string topic_of_bad_utf8 = wire::publish(house.below + "/telemetry/\xc3\x28", "x");
  for (const std::string& packet :
       {wire::publish(topic, "x", 2), topic_with_wildcard, topic_with_nul, topic_of_bad_utf8, wire::publish("", "x"),
        login, std::string("\xf0\x00", 2), std::string("\x30\xff\xff\xff\xff\x7f", 6)}) {
    wire::Line line(house.broker);
    REQUIRE(line.write(login));
    REQUIRE(line.read(4) == std::string("\x20\x02\x00\x00", 4));
    line.write(packet);
    CHECK(line.hung_up());
  }
  for (const std::string& first : {wire::publish(topic, "x"), std::string("GET / HTTP/1.1\r\n\r\n")}) {
    wire::Line line(house.broker);
    line.write(first);
    CHECK(line.hung_up());
  }
  CHECK(house.at_the_bridge().empty());
  CHECK(house.broker.alive());
}
