// When devices are let in, and what a broker that is killed then comes back with.

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "bridge/plugin/bridge_sessions.hpp"
#include "tests/plugin/client.hpp"
#include "tests/plugin/wire.hpp"

using namespace epicura;
using namespace epicura::test;
using namespace std::chrono_literals;

namespace {

bool admits(const Broker& broker) {
  return Client(device_login(broker, new_device_id())).connect_tcp(broker) == 0;
}

struct Sessions {
  explicit Sessions(const Broker& broker)
      : telemetry(bridge_login(broker, bridge::telemetry_client_id)),
        device(bridge_login(broker, bridge::device_client_id)) {
    REQUIRE(telemetry.connect_socket(broker) == 0);
    REQUIRE(device.connect_socket(broker) == 0);
  }
  Client telemetry, device;
};

}  // namespace

TEST_CASE("before the bridge is there, devices are hung up on without a word") {
  Broker broker;
  REQUIRE(broker.start());
  const std::string id = new_device_id();
  for (const std::uint8_t level : {3, 4, 5}) {
    wire::Line line(broker);
    REQUIRE(line.write(wire::connect({id, id, broker.token(id), level})));
    CHECK(line.read(1).empty());  // no CONNACK
    CHECK(line.hung_up());
  }
  CHECK(Client(device_login(broker, id)).connect_tcp(broker) == closed);
  Client bad({id, id, "no token"});
  CHECK(bad.connect_tcp(broker) == 5);  // who is refused for good is told so
  CHECK_FALSE(std::filesystem::exists(broker.saved_file()));
}

TEST_CASE("each subscription of both sessions is waited for") {
  Broker broker;
  REQUIRE(broker.start());
  Sessions bridge(broker);
  for (const auto filter : bridge::device_filters) REQUIRE(bridge.device.subscribe(std::string(filter)) == 1);
  REQUIRE(bridge.telemetry.subscribe(std::string(bridge::telemetry_filters[0])) == 1);
  REQUIRE(bridge.telemetry.subscribe(std::string(bridge::telemetry_filters[1]), 0) == 0);  // QoS 0 does not count
  CHECK_FALSE(wait_until([&] { return admits(broker); }, 500ms));
  CHECK_FALSE(std::filesystem::exists(broker.saved_file()));
  REQUIRE(bridge.telemetry.subscribe(std::string(bridge::telemetry_filters[1])) == 1);
  CHECK(wait_until([&] { return admits(broker); }, 2s));
  CHECK(std::filesystem::exists(broker.saved_file()));
}

TEST_CASE("a broker killed as soon as it admits a device comes back with the bridge's sessions") {
  for (int round = 0; round < 5; ++round) {
    Broker broker;
    REQUIRE(broker.start());
    const std::string id = new_device_id();
    {
      Sessions bridge(broker);
      subscribe_all(bridge.telemetry, bridge.device);
      // The device hammers at the door: it is in at the first possible moment, and the broker is dead at the next.
      REQUIRE(wait_until([&] { return Client(device_login(broker, id)).connect_tcp(broker) == 0; }));
      broker.kill();
    }
    REQUIRE(broker.start());
    CHECK_FALSE(admits(broker));  // seen since the broker started, not once upon a time
    Sessions bridge(broker);
    CHECK(bridge.telemetry.session_present());
    CHECK(bridge.device.session_present());
    CHECK_FALSE(admits(broker));
    subscribe_all(bridge.telemetry, bridge.device);
    CHECK(wait_until([&] { return admits(broker); }, 2s));
  }
}

TEST_CASE("what was queued for an absent bridge when the broker last saved is delivered after a kill") {
  Broker broker;
  REQUIRE(broker.start());
  const std::string id = new_device_id();
  const std::string topic = "epicura/" + id + "/telemetry";
  { Bridge bridge(broker); }
  {
    Client device(device_login(broker, id));
    REQUIRE(device.connect_tcp(broker) == 0);
    for (int i = 0; i < 500; ++i) REQUIRE(device.publish(topic, std::to_string(i)) == 0);
    const auto before = std::filesystem::last_write_time(broker.saved_file());
    broker.signal(SIGUSR1);
    REQUIRE(wait_until([&] { return std::filesystem::last_write_time(broker.saved_file()) != before; }));
  }
  broker.kill();
  REQUIRE(broker.start());
  Sessions bridge(broker);
  CHECK(bridge.telemetry.run_until([&] { return bridge.telemetry.received.size() == 500; }));
  CHECK(bridge.telemetry.received.back().payload == "499");
}

TEST_CASE("a broker that cannot save admits nobody, and does so when it can") {
  if (geteuid() != 0) return;  // needs a directory that the broker's user may not write
  Broker broker;
  struct stat facts {};
  REQUIRE(stat(broker.data_directory().c_str(), &facts) == 0);
  REQUIRE(broker.start());
  REQUIRE(chown(broker.data_directory().c_str(), 0, 0) == 0);
  Sessions bridge(broker);
  subscribe_all(bridge.telemetry, bridge.device);
  CHECK_FALSE(wait_until([&] { return admits(broker); }, 1500ms));
  REQUIRE(chown(broker.data_directory().c_str(), facts.st_uid, facts.st_gid) == 0);
  CHECK(wait_until([&] { return admits(broker); }, 3s));
}

TEST_CASE("a file that the disk had no room for is no save, though Mosquitto renames it") {
  BrokerSpec spec;
  spec.short_of_files = true;
  Broker broker(spec);
  REQUIRE(broker.start());
  Sessions bridge(broker);
  subscribe_all(bridge.telemetry, bridge.device);
  CHECK(wait_until([&] { return std::filesystem::exists(broker.saved_file()); }));
  CHECK_FALSE(wait_until([&] { return admits(broker); }, 1500ms));
}

TEST_CASE("once open it stays open while the bridge is away, and a reload throws nobody out") {
  Broker broker;
  REQUIRE(broker.start());
  const std::string id = new_device_id();
  const std::string topic = "epicura/" + id + "/telemetry";
  Client device(device_login(broker, id));
  {
    Bridge bridge(broker);
    REQUIRE(device.connect_tcp(broker) == 0);
  }
  REQUIRE(device.publish(topic, "1") == 0);
  CHECK(admits(broker));
  broker.signal(SIGHUP);
  REQUIRE(device.publish(topic, "2") == 0);
  CHECK_FALSE(device.run_until([&] { return !device.connected(); }, 300ms));
  REQUIRE(device.publish(topic, "3") == 0);
  CHECK(Client({id, id, "no token"}).connect_tcp(broker) == 5);  // the rules are in force again
  CHECK(device.connected());
  Sessions bridge(broker);
  CHECK(bridge.telemetry.session_present());
  CHECK(bridge.telemetry.run_until([&] { return bridge.telemetry.received.size() == 3; }));
  CHECK(broker.stop() == 0);
}

TEST_CASE("a reload leaves the sessions of a former life alone, and counts nobody") {
  Broker broker;
  REQUIRE(broker.start());
  const std::string id = new_device_id();
  const std::string topic = "epicura/" + id + "/commands";
  ClientSpec lasting = device_login(broker, id);
  lasting.clean_session = false;
  {
    Bridge bridge(broker);
    {
      Client device(lasting);
      REQUIRE(device.connect_tcp(broker) == 0);
      REQUIRE(device.subscribe(topic) == 1);
    }
    REQUIRE(bridge.device.publish(topic, "queued") == 0);
  }
  REQUIRE(broker.stop() == 0);
  REQUIRE(broker.start());
  broker.signal(SIGHUP);
  Bridge bridge(broker);
  CHECK(bridge.device.last(bridge::counters_topic).find("\"bad_token\":0,") != std::string::npos);
  Client device(lasting);
  REQUIRE(device.connect_tcp(broker) == 0);
  CHECK(device.session_present());
  CHECK(device.run_until([&] { return device.got(topic); }));
}

TEST_CASE("a new bridge hears at once that the door is open") {
  Broker broker;
  REQUIRE(broker.start());
  { Bridge bridge(broker); }
  const auto start = std::chrono::steady_clock::now();
  { Bridge bridge(broker); }
  CHECK(std::chrono::steady_clock::now() - start < 1s);
}
