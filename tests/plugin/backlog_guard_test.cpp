#include "bridge/plugin/backlog_guard.hpp"

#include <doctest/doctest.h>

#include <string>

#include "bridge/plugin/bridge_sessions.hpp"

using namespace epicura::bridge;
using namespace epicura::bridge::plugin;

namespace {

constexpr std::size_t mib = 1 << 20;

void say(BacklogGuard& guard, std::size_t messages, std::size_t bytes) {
  guard.broker_says(uptime_topic, "7 seconds");
  guard.broker_says(stored_messages_topic, std::to_string(messages));
  guard.broker_says(stored_bytes_topic, std::to_string(bytes));
}

}  // namespace

TEST_CASE("full at the limit, and open again only well below it") {
  BacklogGuard guard(100 * mib);
  say(guard, 100, 99 * mib);
  CHECK_FALSE(guard.full());
  CHECK(guard.admits(10));
  say(guard, 100, 100 * mib);
  CHECK(guard.full());
  CHECK_FALSE(guard.admits(0));
  say(guard, 100, 90 * mib);
  CHECK(guard.full());
  say(guard, 100, 87 * mib);
  CHECK_FALSE(guard.full());
  CHECK(guard.admits(0));
  say(guard, 1'000'000, 0);  // small messages have their weight too
  CHECK(guard.full());
}

TEST_CASE("what comes in between two words of the broker counts: a flood does not run past the limit") {
  for (const std::size_t size : {0UL, 100UL, 65'000UL}) {
    BacklogGuard guard(16 * mib);
    say(guard, 10, 1000);
    std::size_t queued = 0;
    while (guard.admits(size)) {
      queued += size + 100;
      REQUIRE(queued < 16 * mib);
    }
    CHECK(guard.full());
    say(guard, 10, 1000);  // it was delivered at once
    CHECK_FALSE(guard.full());
  }
}

TEST_CASE("the broker repeats only what has changed: its uptime alone says that the rest is as before") {
  BacklogGuard guard(16 * mib);
  say(guard, 10, 15 * mib);
  const auto before = guard.bytes();
  while (guard.admits(1000)) {
  }
  CHECK(guard.full());
  guard.broker_says(uptime_topic, "12 seconds");
  CHECK(guard.bytes() == before);
}

TEST_CASE("a guard that has heard nothing holds nobody off") {
  BacklogGuard guard(16 * mib);
  for (int i = 0; i < 10'000; ++i) REQUIRE(guard.admits(65'000));
  guard.broker_says(dropped_topic, "99999999999");
  CHECK(guard.admits(0));
  CHECK(guard.bytes() == 0);
}
