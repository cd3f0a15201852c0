// SIGTERM under load: the exit code is 0 within 10 s, whatever is away, and nothing that was acknowledged is lost.

#include <csignal>

#include "tests/fault/chance.hpp"
#include "tests/fault/kitchen.hpp"

using namespace epicura::tests;

namespace {

void expect_clean_end(House& house, const std::string& when) {
  const auto begin = std::chrono::steady_clock::now();
  const auto ending = house.stack.terminate("epicura", 12s);
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
  MESSAGE("SIGTERM " << when << ": " << took.count() << " ms");
  CHECK(ending.signal == 0);
  CHECK_MESSAGE(ending.exit_code == 0, when << ": exit code " << ending.exit_code);
  CHECK(took < 10s);
}

}  // namespace

TEST_CASE("SIGTERM under load ends the program cleanly, whatever is away, and nothing is lost") {
  Chance chance;
  House house;
  Kitchen kitchen(house, {.devices = 40, .messages_per_second = 50});
  const auto start_again = [&] {
    house.stack.restart("epicura", false);
    house.await_ready();
    REQUIRE(kitchen.acknowledges_more(200));
  };
  for (int round = 0; round < rounds(3); ++round) {
    chance.wait_between(0, 1000);
    expect_clean_end(house, "under load");
    house.stack.restart("epicura", false);  // the next one may come while it starts
  }
  start_again();

  for (const std::string server : {"postgres", "nats", "mosquitto"}) {
    if (server != "mosquitto") {  // which would take acknowledged readings with it
      house.stack.kill(server);
      CHECK(kitchen.acknowledges_more(200));
      expect_clean_end(house, "with " + server + " ended");
      house.stack.restart(server);
      start_again();
    }
    Hanging hanging(house.stack.pid(server));
    if (server != "mosquitto") CHECK(kitchen.acknowledges_more(200));
    expect_clean_end(house, "with " + server + " hanging");
    hanging.end();
    start_again();
  }
  {
    Hanging postgres(house.stack.pid("postgres"));
    Hanging nats(house.stack.pid("nats"));
    Hanging mosquitto(house.stack.pid("mosquitto"));
    expect_clean_end(house, "with all of them hanging");
  }
  start_again();
  kitchen.close();
  every_acknowledged_reading_is_in_the_table_exactly_once(house, kitchen.account());
}
