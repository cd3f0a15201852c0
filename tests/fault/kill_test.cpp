// kill -9 of everything but the broker, at any moment, under load. What the broker has acknowledged it holds for the
// bridge's session; the bridge acknowledges what JetStream has in its file; intake acknowledges what PostgreSQL has
// committed. So nothing that a device was told is kept may be missing, and the key keeps what is sent twice to one row.

#include <csignal>

#include "tests/fault/chance.hpp"
#include "tests/fault/kitchen.hpp"

using namespace epicura::tests;

namespace {

// One of PostgreSQL's back ends: the postmaster ends all the others, and recovers.
void kill_a_back_end(House& house, Chance& chance) {
  try {
    const auto rows = house.database().rows(
        "select pid from pg_stat_activity where application_name like 'epicura-%' and pid <> pg_backend_pid()");
    if (rows.empty()) return;
    const auto chosen = static_cast<std::size_t>(chance.between(0, static_cast<int>(rows.size()) - 1));
    ::kill(static_cast<pid_t>(std::stol(rows[chosen][0])), SIGKILL);
  } catch (const std::runtime_error&) {  // PostgreSQL is recovering already
  }
}

}  // namespace

TEST_CASE("whatever is killed under load, what was acknowledged is stored once") {
  Chance chance;
  House house;
  Kitchen kitchen(house);
  static const std::vector<std::string> servers{"epicura", "nats", "postgres"};
  const int count = rounds(8);
  std::string story;
  for (int round = 0; round < count; ++round) {
    chance.wait_between(50, 1200);
    std::vector<std::string> dead;
    // Each in turn at least, and sometimes two at a time.
    for (int victims = chance.one_in(3) ? 2 : 1; victims > 0; --victims) {
      const auto victim = static_cast<std::size_t>(victims == 1 ? round % 4 : chance.between(0, 2));
      if (victim == 3) {
        kill_a_back_end(house, chance);
        story += " back-end";
      } else if (house.stack.alive(servers[victim])) {
        house.stack.kill(servers[victim]);
        dead.push_back(servers[victim]);
        story += " " + servers[victim];
      }
    }
    chance.wait_between(0, 500);
    for (const auto& server : dead) house.stack.restart(server, false);
    if (chance.one_in(2)) {
      INFO("killed:" << story);
      house.await_ready();
      story += " (ready)";
    }
  }
  MESSAGE("killed:" << story);
  kitchen.close();
  house.await_ready();
  every_acknowledged_reading_is_in_the_table_exactly_once(house, kitchen.account());
  MESSAGE(kitchen.acknowledged() << " messages acknowledged");
}

TEST_CASE("a program that is killed at once after its start, again and again, loses nothing") {
  Chance chance;
  House house;
  Kitchen kitchen(house, {.devices = 40, .messages_per_second = 25, .readings_per_message = 1, .window = 20});
  for (int round = 0; round < rounds(5); ++round) {
    house.stack.kill("epicura");
    house.stack.restart("epicura", false);
    chance.wait_between(0, 300);  // in the middle of connecting, subscribing, binding, the first batches
  }
  house.await_ready();
  kitchen.close();
  every_acknowledged_reading_is_in_the_table_exactly_once(house, kitchen.account());
  MESSAGE(kitchen.acknowledged() << " messages acknowledged");
}
