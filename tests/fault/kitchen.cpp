#include "tests/fault/kitchen.hpp"

#include <doctest/doctest.h>

#include <unordered_map>

#include "bridge/kitchen/readings.hpp"

namespace epicura::tests {

Kitchen::Kitchen(const House& house, Load load) : devices_(house.register_devices(load.devices)) {
  settings_.port = house.mqtt_port();
  settings_.messages_per_second = load.messages_per_second;
  settings_.readings_per_message = load.readings_per_message;
  settings_.window = load.window;
  thread_ = std::thread([this] {
    bridge::kitchen::Fleet fleet(settings_, devices_);
    bridge::kitchen::FleetEvents events;
    events.acknowledged = [this](const Uuid& device, std::int64_t seq, Timestamp ts) {
      const std::lock_guard lock(mutex_);
      pubacks_.push_back({device, seq, ts, now()});
    };
    report_ = fleet.run(stop_, events);
  });
  REQUIRE(acknowledges_more(1));
}

Kitchen::~Kitchen() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

std::size_t Kitchen::acknowledged() const {
  const std::lock_guard lock(mutex_);
  return pubacks_.size();
}

bool Kitchen::acknowledges_more(std::size_t messages, std::chrono::milliseconds limit) const {
  const auto before = acknowledged();
  return wait_until([&] { return acknowledged() >= before + messages; }, limit);
}

void Kitchen::close() {
  stop_ = true;
  thread_.join();
  CHECK_MESSAGE(report_.acknowledged == report_.sent,
                "the broker owes " << report_.sent - report_.acknowledged << " acknowledgements");
}

Account Kitchen::account() const {
  const std::lock_guard lock(mutex_);
  // The pots that the devices measured, once more.
  std::vector<bridge::kitchen::Metric> metrics(settings_.metrics.begin(), settings_.metrics.end());
  std::unordered_map<Uuid, bridge::kitchen::Pot> pots;
  for (std::size_t i = 0; i < devices_.size(); ++i) {
    pots.emplace(devices_[i].id, bridge::kitchen::make_pot(settings_.pot, settings_.program, settings_.seed, i));
  }
  Account out;
  out.reserve(pubacks_.size() * settings_.readings_per_message);
  for (const auto& puback : pubacks_) {
    auto& pot = pots.at(puback.device);
    pot.advance_to(puback.ts);
    for (std::size_t i = 0; i < settings_.readings_per_message; ++i) {
      // A message of one reading has the next metric in turn; a device's numbers begin at 1.
      const auto& metric = metrics[settings_.readings_per_message == 1 ? (puback.seq - 1) % metrics.size() : i];
      out.push_back(
          {puback.device, metric.name, puback.ts, puback.seq, bridge::kitchen::value_of(metric, pot), puback.at});
    }
  }
  return out;
}

}  // namespace epicura::tests
