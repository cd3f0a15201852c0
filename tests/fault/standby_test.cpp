// Two programs beside each other: one has the bridge and the consumers, the other stands by and takes over.

#include "tests/fault/chance.hpp"
#include "tests/fault/kitchen.hpp"
#include "tests/fault/second_program.hpp"

using namespace epicura::tests;

TEST_CASE("a second program stands by, and takes over when the first is killed") {
  House house;
  Kitchen kitchen(house);
  REQUIRE(kitchen.acknowledges_more(500));
  SecondProgram second(house);
  REQUIRE(wait_until([&] { return second.is_ready(true); }));
  REQUIRE(kitchen.acknowledges_more(1000));
  CHECK(house.is_ready());  // the first is not disturbed
  CHECK(house.metric(R"(epicura_mqtt_connected{session="telemetry"})") == 1);
  CHECK(second.metrics().find("\nepicura_rows_written_total 0\n") != std::string::npos);

  const auto killed = std::chrono::steady_clock::now();
  house.stack.kill("epicura");
  REQUIRE(wait_until([&] { return second.is_ready(false); }));
  const auto took = std::chrono::steady_clock::now() - killed;
  MESSAGE("taken over after " << std::chrono::duration_cast<std::chrono::milliseconds>(took).count() << " ms");
  REQUIRE(kitchen.acknowledges_more(500));

  // And the other way round: the first comes back as the one that stands by.
  house.stack.restart("epicura");
  CHECK(house.ready().body.find(R"("standby":true)") != std::string::npos);
  CHECK(second.is_ready(false));
  kitchen.close();
  every_acknowledged_reading_is_in_the_table_exactly_once(house, kitchen.account());
}

// The bridge goes by PostgreSQL's lock, each consumer by who is bound to it first.
TEST_CASE("bridge and consumers may fall to different programs: both are ready, and every reading is written") {
  House house;
  const SecondProgram second(house);
  REQUIRE(wait_until([&] { return second.is_ready(true); }));
  Kitchen kitchen(house);
  for (int i = 0; i < 4; ++i) {
    house.stack.kill("nats");
    REQUIRE(wait_until([&] { return !house.is_ready(); }));
    house.stack.restart("nats");
    CHECK(wait_until([&] { return house.is_ready() && second.is_ready(true); }));
    REQUIRE(kitchen.acknowledges_more(200));
  }
  kitchen.close();
  every_acknowledged_reading_is_in_the_table_exactly_once(house, kitchen.account());
}
