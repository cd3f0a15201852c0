// The bridge is away and devices go on: what the broker does when it holds enough.

#include <doctest/doctest.h>

#include "bridge/plugin/bridge_sessions.hpp"
#include "tests/plugin/client.hpp"

using namespace epicura;
using namespace epicura::test;
using namespace std::chrono_literals;

TEST_CASE("at the backlog limit devices are held off, nothing acknowledged is lost, and it passes by itself") {
  BrokerSpec spec;
  spec.replace = {{"plugin_opt_backlog_limit_mib 512", "plugin_opt_backlog_limit_mib 24"},
                  {"sys_interval 5", "sys_interval 1"}};
  Broker broker(spec);
  REQUIRE(broker.start());
  const std::string id = new_device_id();
  const std::string topic = "epicura/" + id + "/telemetry";
  { Bridge bridge(broker); }

  std::size_t acknowledged = 0;
  {
    Client device(device_login(broker, id));
    REQUIRE(device.connect_tcp(broker) == 0);
    std::size_t sent = 0;
    while (device.connected() && sent < 500'000) {
      for (int i = 0; i < 200 && device.send(topic, std::string(300, 'x')); ++i) ++sent;
      device.run_until([&] { return device.acknowledged() == sent; });
    }
    acknowledged = device.acknowledged();
    CHECK(acknowledged > 5'000);
    CHECK(acknowledged < 200'000);
    CHECK(sent > acknowledged);  // the first that was too much has no PUBACK
  }
  CHECK(broker.resident_kib() < 64 << 10);
  CHECK(Client(device_login(broker, id)).connect_tcp(broker) == closed);  // no CONNACK: try again
  CHECK(broker.log().find("the backlog limit is reached") != std::string::npos);

  Client telemetry(bridge_login(broker, bridge::telemetry_client_id));
  REQUIRE(telemetry.connect_socket(broker) == 0);
  CHECK(telemetry.run_until([&] { return telemetry.received.size() == acknowledged; }, 20s));
  CHECK(wait_until([&] { return Client(device_login(broker, id)).connect_tcp(broker) == 0; }));
  CHECK(telemetry.received.size() == acknowledged);
}
