// Who gets in, over the wire.

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "bridge/plugin/bridge_sessions.hpp"
#include "tests/plugin/client.hpp"
#include "tests/plugin/wire.hpp"

using namespace epicura;
using namespace epicura::test;

namespace {

constexpr int not_authorized_3 = 5;
constexpr int not_authorized_5 = 135;

// To subscribe is to ask: the counters come at once then.
nlohmann::json counters(Client& bridge) {
  bridge.received.clear();
  REQUIRE(bridge.subscribe(std::string(bridge::counters_topic)) == 1);
  REQUIRE(bridge.run_until([&] { return bridge.got(bridge::counters_topic); }));
  return nlohmann::json::parse(bridge.last(bridge::counters_topic));
}

}  // namespace

TEST_CASE("the broker lets in genuine devices and the bridge, and counts the others by reason") {
  Broker broker;
  REQUIRE(broker.start());
  Bridge bridge(broker);
  const std::string pot = new_device_id();
  const std::string other = new_device_id();

  for (const int protocol : {MQTT_PROTOCOL_V31, MQTT_PROTOCOL_V311, MQTT_PROTOCOL_V5}) {
    if (protocol == MQTT_PROTOCOL_V31) continue;  // client ids of 23 characters: libmosquitto holds to it
    CAPTURE(protocol);
    const int refused = protocol == MQTT_PROTOCOL_V5 ? not_authorized_5 : not_authorized_3;
    Client good(device_login(broker, pot, protocol));
    CHECK(good.connect_tcp(broker) == 0);

    ClientSpec spec{pot, std::nullopt, "", protocol};
    CHECK(Client(spec).connect_tcp(broker) == refused);  // anonymous
    spec = {pot, pot, "", protocol};
    CHECK(Client(spec).connect_tcp(broker) == refused);  // no token
    spec.password = broker.token(other);
    CHECK(Client(spec).connect_tcp(broker) == refused);  // another's
    spec = {pot, other, broker.token(other), protocol};
    CHECK(Client(spec).connect_tcp(broker) == refused);  // another's client id
    spec = {std::string(bridge::device_client_id), other, broker.token(other), protocol};
    CHECK(Client(spec).connect_tcp(broker) == refused);  // the bridge's client id
    spec = bridge_login(broker, bridge::device_client_id);
    spec.protocol = protocol;
    CHECK(Client(spec).connect_tcp(broker) == refused);  // the bridge, by TCP
    spec = device_login(broker, other, protocol);
    CHECK(Client(spec).connect_socket(broker) == refused);  // a device, by the bridge's socket
    CHECK(good.publish("epicura/" + pot + "/telemetry", "{}") == 0);
    CHECK(good.connected());
  }
  ClientSpec spec = bridge_login(broker, bridge::device_client_id);
  spec.password += "x";
  CHECK(Client(spec).connect_socket(broker) == not_authorized_3);
  CHECK(Client(bridge_login(broker, "epicura-bridge-third")).connect_socket(broker) == not_authorized_3);
  spec = bridge_login(broker, bridge::device_client_id);
  spec.clean_session = true;
  CHECK(Client(spec).connect_socket(broker) == not_authorized_3);
  CHECK(bridge.device.connected());

  // MQTT 5's own way to log in leads round the passwords; there is none here.
  wire::Line line(broker);
  const std::string method = std::string(1, '\x15') + wire::text("PLAIN");
  CHECK(line.write(wire::connect({pot, pot, broker.token(pot), 5, true, method})));
  CHECK(line.read(4) == std::string("\x20\x05\x00\x8c", 4));
  CHECK(line.hung_up());

  // MQTT 3.1 knows no limit of 23 characters in the broker.
  wire::Line old(broker);
  CHECK(old.write(wire::connect({other, other, broker.token(other), 3})));
  CHECK(old.read(4) == std::string("\x20\x02\x00\x00", 4));

  const auto refused = counters(bridge.device)["refused"];
  CHECK(refused["anonymous"] == 2);
  CHECK(refused["bad_token"] == 4);
  CHECK(refused["wrong_client_id"] == 4);
  CHECK(refused["bridge_elsewhere"] == 2);
  CHECK(refused["on_bridge_socket"] == 2);
  CHECK(refused["bridge_password"] == 1);
  CHECK(refused["bridge_client_id"] == 1);
  CHECK(refused["bridge_session"] == 1);
}

TEST_CASE("a client with its own token and another's client id destroys nothing") {
  Broker broker;
  REQUIRE(broker.start());
  Bridge bridge(broker);
  const std::string pot = new_device_id();
  const std::string thief_id = new_device_id();
  const std::string topic = "epicura/" + pot + "/commands";
  ClientSpec lasting = device_login(broker, pot);
  lasting.clean_session = false;
  {
    Client device(lasting);
    REQUIRE(device.connect_tcp(broker) == 0);
    REQUIRE(device.subscribe(topic) == 1);
  }
  REQUIRE(bridge.device.publish(topic, "queued while away") == 0);
  for (const int protocol : {MQTT_PROTOCOL_V311, MQTT_PROTOCOL_V5}) {
    for (const bool clean : {true, false}) {
      Client thief({pot, thief_id, broker.token(thief_id), protocol, clean});
      CHECK(thief.connect_tcp(broker) != 0);
    }
  }
  Client device(lasting);
  REQUIRE(device.connect_tcp(broker) == 0);
  CHECK(device.session_present());
  CHECK(device.run_until([&] { return device.got(topic); }));

  // Nor does it throw out one that is connected.
  Client thief({pot, thief_id, broker.token(thief_id)});
  CHECK(thief.connect_tcp(broker) != 0);
  REQUIRE(bridge.device.publish(topic, "next") == 0);
  CHECK(device.run_until([&] { return device.received.size() == 2; }));
}

TEST_CASE("the counters come every 5 s, to the bridge alone") {
  Broker broker;
  REQUIRE(broker.start());
  Bridge bridge(broker);
  bridge.device.received.clear();
  const auto start = std::chrono::steady_clock::now();
  REQUIRE(bridge.device.run_until([&] { return bridge.device.got(bridge::counters_topic); }, std::chrono::seconds(7)));
  const auto took = std::chrono::steady_clock::now() - start;
  CHECK(took > std::chrono::seconds(4));
  CHECK(took < std::chrono::seconds(6));
  CHECK_FALSE(bridge.telemetry.got(bridge::counters_topic));
}

TEST_CASE("a flood of bad log-ins is a line a second") {
  Broker broker;
  REQUIRE(broker.start());
  Bridge bridge(broker);
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 2000; ++i) {
    wire::Line line(broker);
    line.write(wire::connect({"some'one", "someone", "x"}));
    line.read(4);
  }
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - start);
  const std::string log = broker.log();
  CHECK(std::count(log.begin(), log.end(), '\n') < 12 + seconds.count());
  CHECK(counters(bridge.device)["refused"]["wrong_client_id"] == 2000);
  CHECK(log.find("wrong_client_id: 'some?one'") != std::string::npos);
}

TEST_CASE("the broker does not start with a missing or short key, and says why") {
  for (const std::string option : {"token_key_file", "bridge_password_file"}) {
    BrokerSpec spec;
    spec.replace = {{"plugin_opt_" + option + " ", "plugin_opt_" + option + " /nowhere"}};
    Broker broker(spec);
    CHECK_FALSE(broker.start());
    CHECK(broker.exit_code() != 0);
    CHECK(broker.log().find("plugin_opt_" + option + ": cannot read '/nowhere") != std::string::npos);
  }
  BrokerSpec spec;
  spec.token_key = "short";
  Broker broker(spec);
  CHECK_FALSE(broker.start());
  CHECK(broker.exit_code() != 0);
  CHECK(broker.log().find("holds a secret of 5 bytes") != std::string::npos);
}
