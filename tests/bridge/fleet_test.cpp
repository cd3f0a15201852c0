#include "bridge/kitchen/fleet.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <future>
#include <set>
#include <tuple>

#include "schema/device_status.hpp"
#include "schema/telemetry_codec.hpp"
#include "tests/bridge/sink.hpp"

namespace epicura::bridge::test {
namespace {

using kitchen::Fleet;
using kitchen::FleetReport;
using kitchen::FleetSettings;
using kitchen::KitchenDevice;

using Key = std::tuple<std::string /*device*/, std::int64_t /*seq*/, Timestamp>;

std::vector<KitchenDevice> some_devices(std::size_t count) {
  std::vector<KitchenDevice> devices(count);
  for (KitchenDevice& device : devices) device = {Uuid::v7(), "token", 41, 100};
  return devices;
}

// What a session received, decoded as the cloud would.
struct Received {
  std::set<Key> keys;  // of telemetry messages
  std::size_t readings = 0;
  std::size_t refused = 0;
  std::map<std::string, std::vector<std::int64_t>> order;  // seq by device, as they came
  std::map<std::string, DeviceStatus> statuses;            // the last one by device

  explicit Received(Sink& sink) {
    const std::lock_guard lock(sink.mutex);
    refused = sink.refused.size();
    for (const Inbound& message : sink.good) {
      const std::string id = message.topic.substr(8, 36);
      const std::string rest = message.topic.substr(45);
      if (rest == "status") {
        statuses[id] = std::get<DeviceStatus>(decode_status(message.payload).result);
        continue;
      }
      const std::string metric = rest == "telemetry" ? "" : rest.substr(10);
      const DecodedTelemetry decoded = decode_telemetry(metric, message.payload, now());
      refused += decoded.refused.size();
      readings += decoded.readings.size();
      if (decoded.readings.empty()) continue;
      keys.emplace(id, decoded.readings[0].seq, decoded.readings[0].ts);
      order[id].push_back(decoded.readings[0].seq);
    }
  }
};

struct Hall {  // a broker with a session behind it
  Broker broker;
  Sink sink;
  observe::Metrics metrics;
  Session session{settings_for(broker), sink.events(), metrics, "test"};
  std::set<Key> acknowledged;
  kitchen::FleetEvents events;
  std::atomic<bool> stop{false};

  Hall() {
    session.start();
    REQUIRE(wait_until([&] { return sink.subscribed.load(); }));
    events.acknowledged = [this](const Uuid& id, std::int64_t seq, Timestamp ts) {
      CHECK(acknowledged.emplace(id.str(), seq, ts).second);
    };
  }
  FleetSettings settings() const {
    FleetSettings settings;
    settings.port = broker.port();
    return settings;
  }
  Received received(std::size_t messages) {
    wait_until([&] { return Received(sink).keys.size() >= messages; });
    return Received(sink);
  }
};

TEST_CASE("open loop: everything is sent in its time, acknowledged and received, once") {
  Hall hall;
  FleetSettings settings = hall.settings();
  settings.messages_per_second = 20;
  settings.messages = 30;
  Fleet fleet(settings, some_devices(50));
  int progress = 0;
  hall.events.progress = [&](const FleetReport& report) {
    ++progress;
    CHECK(report.devices == 50);
  };
  const FleetReport report = fleet.run(hall.stop, hall.events);
  CHECK(report.sent == 1'500);
  CHECK(report.acknowledged == 1'500);
  CHECK(report.connected == 50);
  CHECK(report.reconnects == 0);
  CHECK(report.resent == 0);
  CHECK(report.seconds > 1.4);
  CHECK(report.seconds < 4);
  CHECK(report.p50.count() > 0);
  CHECK(report.p50 <= report.p99);
  CHECK(progress >= 1);
  const Received received = hall.received(1'500);
  CHECK(received.keys == hall.acknowledged);
  CHECK(received.readings == 1'500);
  CHECK(received.refused == 0);
  for (const auto& [id, order] : received.order) {
    REQUIRE(order.size() == 30);
    for (std::size_t i = 0; i < order.size(); ++i) CHECK(order[i] == 101 + static_cast<std::int64_t>(i));
  }
  for (const KitchenDevice& device : fleet.devices()) {
    CHECK(device.seq == 130);
    CHECK(device.epoch == 42);
  }
  REQUIRE(wait_until([&] { return Received(hall.sink).statuses.size() == 50; }));
  REQUIRE(wait_until([&] {
    const auto statuses = Received(hall.sink).statuses;
    return std::all_of(statuses.begin(), statuses.end(), [](const auto& each) { return !each.second.online; });
  }));
  for (const auto& [id, status] : Received(hall.sink).statuses) CHECK(status.epoch == 42);

  // A second run goes on where the first ended.
  const FleetReport again = fleet.run(hall.stop, hall.events);
  CHECK(again.acknowledged == 1'500);
  CHECK(fleet.devices()[0].seq == 160);
  CHECK(fleet.devices()[0].epoch == 43);
}

TEST_CASE("several readings a message, for a time, at QoS 0") {
  Hall hall;
  FleetSettings settings = hall.settings();
  settings.metrics = {"temperature", "stir_speed", "power", "lid.inner"};
  settings.readings_per_message = 4;
  settings.messages_per_second = 10;
  settings.duration = Millis{1'000};
  settings.qos = 0;
  Fleet fleet(settings, some_devices(10));
  const FleetReport report = fleet.run(hall.stop, hall.events);
  CHECK(report.sent == 100);
  CHECK(report.acknowledged == 100);
  const Received received = hall.received(100);
  CHECK(received.keys == hall.acknowledged);
  CHECK(received.readings == 400);
  CHECK(received.refused == 0);
}

TEST_CASE("closed loop: as fast as it goes, within the window") {
  Hall hall;
  FleetSettings settings = hall.settings();
  settings.messages_per_second = 0;
  settings.messages = 2'000;
  settings.window = 10;
  Fleet fleet(settings, some_devices(5));
  const FleetReport report = fleet.run(hall.stop, hall.events);
  CHECK(report.sent == 10'000);
  CHECK(report.acknowledged == 10'000);
  CHECK(hall.received(10'000).keys == hall.acknowledged);
}

TEST_CASE("stop: no more is sent, and what is out is waited for") {
  Hall hall;
  FleetSettings settings = hall.settings();
  settings.messages_per_second = 50;
  Fleet fleet(settings, some_devices(10));
  hall.events.progress = [&](const FleetReport& report) {
    if (report.acknowledged > 0) hall.stop = true;
  };
  const FleetReport report = fleet.run(hall.stop, hall.events);
  CHECK(report.sent > 0);
  CHECK(report.acknowledged == report.sent);
  CHECK(hall.received(report.sent).keys == hall.acknowledged);
}

TEST_CASE("broker restarts: sent = acknowledged = received once by key, and epochs grow") {
  Hall hall;
  FleetSettings settings = hall.settings();
  settings.messages_per_second = 100;
  settings.messages = 300;
  settings.window = 50;
  Fleet fleet(settings, some_devices(20));
  auto running = std::async(std::launch::async, [&] { return fleet.run(hall.stop, hall.events); });
  for (int i = 0; i < 3; ++i) {
    const std::size_t seen = hall.sink.stored;
    wait_until([&] { return hall.sink.stored > seen + 500; });
    hall.broker.terminate();  // it saves what it holds
    hall.broker.start();
  }
  const FleetReport report = running.get();
  CHECK(report.sent == 6'000);
  CHECK(report.acknowledged == 6'000);
  CHECK(report.reconnects >= 20);
  const Received received = hall.received(6'000);
  CHECK(received.keys.size() == 6'000);
  CHECK(received.keys == hall.acknowledged);
  CHECK(received.refused == 0);
  for (const auto& [id, order] : received.order) {
    CHECK(*std::max_element(order.begin(), order.end()) == 400);
  }
  for (const KitchenDevice& device : fleet.devices()) {
    CHECK(device.seq == 400);
    CHECK(device.epoch >= 43);
  }
}

TEST_CASE("a broker killed at a moment of its own: only what it alone held can be lost") {
  Hall hall;
  FleetSettings settings = hall.settings();
  settings.messages_per_second = 100;
  settings.messages = 200;
  Fleet fleet(settings, some_devices(20));
  auto running = std::async(std::launch::async, [&] { return fleet.run(hall.stop, hall.events); });
  wait_until([&] { return hall.sink.stored > 1'000; });
  hall.broker.kill();
  hall.broker.start();
  const FleetReport report = running.get();
  CHECK(report.sent == 4'000);
  CHECK(report.acknowledged == 4'000);
  const std::size_t held = 2'000;  // at most what is in flight to the session
  std::size_t lost = hall.acknowledged.size();
  wait_until([&] { return (lost = hall.acknowledged.size() - Received(hall.sink).keys.size()) == 0; }, Millis{2'000});
  MESSAGE("acknowledged by the killed broker and lost: ", lost, " of 4000");
  CHECK(lost < held);
}

// A storm in which a test does not wait long.
kitchen::Weather quick_storm(double messages_per_second) {
  kitchen::Weather weather;
  weather.late = 0.3;
  weather.doubled = 0.2;
  weather.drops_per_hour = 0.03 * messages_per_second * 3'600;
  weather.drift_ppm = 500;
  weather.jumps_per_hour = weather.drops_per_hour;
  weather.shortest_pause = Millis{5};
  weather.longest_pause = Millis{30};
  return weather;
}

TEST_CASE("a storm: all is sent in the end, counted exactly, in order, and the wills fire") {
  Hall hall;
  FleetSettings settings = hall.settings();
  settings.messages_per_second = 100;
  settings.messages = 150;
  settings.weather = quick_storm(100);
  settings.glances = 4;
  Fleet fleet(settings, some_devices(20));
  hall.events.progress = [&](const FleetReport& report) { CHECK(report.pots.size() == 4); };
  const FleetReport report = fleet.run(hall.stop, hall.events);
  CHECK(report.sent == 3'000);
  CHECK(report.acknowledged == 3'000);
  CHECK(report.held > 500);
  CHECK(report.doubled > 400);
  CHECK(report.dropped > 40);
  CHECK(report.reconnects == report.dropped);
  const Received received = hall.received(3'000);
  CHECK(received.keys == hall.acknowledged);
  CHECK(received.refused == 0);
  // Every doubled one came twice, or its connection was cut; those sent again after a reconnect may have, too.
  REQUIRE(wait_until([&] { return Received(hall.sink).readings + report.dropped * 2 >= 3'000 + report.doubled; }));
  const Received all(hall.sink);
  CHECK(all.readings <= 3'000 + report.doubled + report.resent);
  for (const auto& [id, order] : all.order) {
    std::vector<std::int64_t> firsts;
    std::set<std::int64_t> seen;
    for (const std::int64_t seq : order) {
      if (seen.insert(seq).second) firsts.push_back(seq);
    }
    CHECK(std::is_sorted(firsts.begin(), firsts.end()));
  }
  std::size_t wills = 0;
  {
    const std::lock_guard lock(hall.sink.mutex);
    for (const Inbound& message : hall.sink.good) {
      if (!message.topic.ends_with("/status")) continue;
      const auto status = std::get<DeviceStatus>(decode_status(message.payload).result);
      if (!status.online) ++wills;
    }
  }
  CHECK(wills >= report.dropped);
}

TEST_CASE("held back when it ends: stopped, or at the end of the time, it is sent") {
  for (const bool by_time : {false, true}) {
    for (const int qos : {0, 1}) {
      Hall hall;
      FleetSettings settings = hall.settings();
      settings.messages_per_second = by_time ? 0 : 50;
      settings.qos = qos;
      if (by_time) settings.duration = Millis{200};
      settings.window = by_time ? 2 : 20;
      settings.weather.late = 1;
      Fleet fleet(settings, some_devices(3));
      hall.events.progress = [&](const FleetReport& report) { hall.stop = report.sent > 0; };
      const FleetReport report = fleet.run(hall.stop, hall.events);
      INFO("by time ", by_time, ", QoS ", qos);
      CHECK(report.sent > 0);
      CHECK(report.held > 0);
      CHECK(report.acknowledged == report.sent);
      CHECK(hall.received(report.sent).keys == hall.acknowledged);
    }
  }
}

// What each device sent, in the order of the fleet: the distinct payloads.
std::vector<std::set<std::string>> payloads(std::uint64_t seed, Timestamp begin, FleetReport& report) {
  Hall hall;
  FleetSettings settings = hall.settings();
  settings.metrics = {"temperature", "power", "weight", "fan.curious"};
  settings.readings_per_message = 4;
  settings.messages_per_second = 100;
  settings.messages = 60;
  settings.weather = quick_storm(100);
  settings.seed = seed;
  settings.begin = begin;
  Fleet fleet(settings, some_devices(8));
  report = fleet.run(hall.stop, hall.events);
  CHECK(report.acknowledged == 480);
  CHECK(hall.received(480).keys == hall.acknowledged);
  std::vector<std::set<std::string>> out(8);
  const std::lock_guard lock(hall.sink.mutex);
  for (const Inbound& message : hall.sink.good) {
    if (!message.topic.ends_with("/telemetry")) continue;
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (message.topic.find(fleet.devices()[i].id.str()) != std::string::npos) {
        out[i].emplace(message.payload.begin(), message.payload.end());
      }
    }
  }
  return out;
}

TEST_CASE("a run can be repeated exactly: the same payloads and the same weather") {
  const Timestamp begin = std::chrono::floor<std::chrono::hours>(now()) - std::chrono::hours{5};
  FleetReport first, second, other;
  const auto once = payloads(7, begin, first);
  CHECK(once[0].size() == 60);
  CHECK(once == payloads(7, begin, second));
  CHECK(first.held == second.held);
  CHECK(first.doubled == second.doubled);
  CHECK(first.dropped == second.dropped);
  CHECK(once != payloads(8, begin, other));
}

}  // namespace
}  // namespace epicura::bridge::test
