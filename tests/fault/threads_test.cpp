// The thread budget: at most 32 in the process, whatever is asked of it.

#include "tests/fault/kitchen.hpp"

#include <doctest/doctest.h>

using namespace epicura::tests;

TEST_CASE("the program stays within 32 threads under load") {
  House house;
  const auto idle = house.program().threads;
  std::size_t most = 0;
  Kitchen kitchen(house, {.devices = 100, .messages_per_second = 20});
  const auto device = house.register_devices(1).front();
  const auto token = house.stack.env("EPICURA_ADMIN_TOKEN");
  const auto url = house.api("/devices/" + device.id.str());
  std::atomic<bool> stop{false};
  std::vector<std::thread> askers;
  askers.reserve(16);
  for (int i = 0; i < 16; ++i) {
    askers.emplace_back([&] {
      while (!stop) http_get(url, token);  // a connection for each
    });
  }
  const auto count = [&] { most = std::max(most, house.program().threads); };
  for (int i = 0; i < 20; ++i) {
    CHECK(kitchen.acknowledges_more(100));
    count();
  }
  // The ways back make threads of their own, if any.
  for (const auto* server : {"nats", "postgres"}) {
    house.stack.kill(server);
    count();
    house.stack.restart(server);
    CHECK(wait_until([&] {
      count();
      return house.is_ready();
    }));
  }
  stop = true;
  for (auto& asker : askers) asker.join();
  MESSAGE("threads: " << idle << " idle, " << most << " at most");
  CHECK(idle > 0);
  CHECK(most <= 32);
  kitchen.close();
  every_acknowledged_reading_is_in_the_table_exactly_once(house, kitchen.account());
}
