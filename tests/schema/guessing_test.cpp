#include "schema/guessing.hpp"

#include <doctest/doctest.h>

using namespace epicura;
using namespace std::chrono_literals;
using Pace = Guessing::Pace;

namespace {

struct Door {
  Guessing guessing{std::string(32, 'k'), 10};
  Quota::Moment now{};

  Guessing::Attempt by(const std::string& address, const std::string& email = "ada@example.org") const {
    return guessing.attempt(email, *IpAddress::parse(address));
  }
  Pace pace(const Guessing::Attempt& attempt) const { return guessing.pace(attempt, now); }
};

std::string network(int number) {
  return "198.51." + std::to_string(number / 250) + "." + std::to_string(number % 250 + 1);
}

}  // namespace

TEST_CASE("after ten failures from one network it is slow there, and nowhere else") {
  Door door;
  const auto here = door.by("192.0.2.1");
  for (int i = 0; i < 10; ++i) {
    CHECK(door.pace(here) == Pace::free);
    CHECK(door.guessing.failed(here, door.now).account == (i == 9));
  }
  CHECK(door.pace(here) == Pace::slow);
  CHECK(door.pace(door.by("192.0.2.2")) == Pace::free);
  CHECK(door.pace(door.by("192.0.2.1", "bob@example.org")) == Pace::free);
}

TEST_CASE("who is slow gets a turn each minute") {
  Door door;
  const auto here = door.by("192.0.2.1");
  CHECK(door.guessing.take_turn(here, Pace::slow, door.now).allowed);
  const auto refused = door.guessing.take_turn(here, Pace::slow, door.now);
  CHECK_FALSE(refused.allowed);
  CHECK(refused.reset_s <= 60);
  CHECK(door.guessing.take_turn(door.by("192.0.2.2"), Pace::slow, door.now).allowed);
  door.now += refused.reset_s * 1s;
  CHECK(door.guessing.take_turn(here, Pace::slow, door.now).allowed);
}

TEST_CASE("who goes on stays slow, who stops is free after a quarter of an hour") {
  Door door;
  const auto here = door.by("192.0.2.1");
  for (int minute = 0; minute < 60; ++minute) {
    if (door.pace(here) == Pace::free || door.guessing.take_turn(here, Pace::slow, door.now).allowed)
      door.guessing.failed(here, door.now);
    if (minute > 10) CHECK(door.pace(here) == Pace::slow);
    door.now += 1min;
  }
  door.now += 17min;
  CHECK(door.pace(here) == Pace::free);
}

TEST_CASE("the right password makes a network free again") {
  Door door;
  const auto here = door.by("192.0.2.1");
  for (int i = 0; i < 10; ++i) door.guessing.failed(here, door.now);
  door.guessing.take_turn(here, Pace::slow, door.now);
  door.guessing.succeeded(here);
  CHECK(door.pace(here) == Pace::free);
}

TEST_CASE("a hundred failures at one account in an hour make strangers slow, from the first") {
  Door door;
  bool noticed = false;
  for (int i = 0; i < 100; ++i) noticed = door.guessing.failed(door.by(network(i)), door.now).account;
  CHECK(noticed);
  CHECK(door.pace(door.by("192.0.2.1")) == Pace::slow_for_strangers);
  CHECK(door.pace(door.by("192.0.2.1", "bob@example.org")) == Pace::free);
  door.now += 66min;
  CHECK(door.pace(door.by("192.0.2.1")) == Pace::free);
}

TEST_CASE("one network that fails at many accounts is noticed, once, and has one turn a minute for all of them") {
  Door door;
  int noticed = 0;
  for (int i = 0; i < 300; ++i) {
    const auto failed = door.guessing.failed(door.by("192.0.2.1", std::to_string(i) + "@example.org"), door.now);
    CHECK_FALSE(failed.account);
    noticed += failed.network ? 1 : 0;
  }
  CHECK(noticed == 1);
  const auto ada = door.by("192.0.2.1");
  const auto bob = door.by("192.0.2.1", "bob@example.org");
  CHECK(door.pace(ada) == Pace::slow_network);
  CHECK(door.guessing.take_turn(ada, Pace::slow_network, door.now).allowed);
  CHECK_FALSE(door.guessing.take_turn(bob, Pace::slow_network, door.now).allowed);
  CHECK(door.pace(door.by("192.0.2.2")) == Pace::free);
  door.now += 66min;
  CHECK(door.pace(ada) == Pace::free);
}

TEST_CASE("addresses of one network count together, and hashes need the key") {
  Door door;
  CHECK(door.by("2001:db8::1").pair == door.by("2001:db8::ffff").pair);
  CHECK(door.by("2001:db8::1").pair != door.by("2001:db8:0:1::1").pair);
  const Guessing other(std::string(32, 'o'), 10);
  CHECK(other.attempt("ada@example.org", IpAddress()).account != door.by("::").account);
}

TEST_CASE("without a limit nobody is slow") {
  Guessing guessing(std::string(32, 'k'), 0);
  const auto here = guessing.attempt("ada@example.org", IpAddress());
  for (int i = 0; i < 1000; ++i) guessing.failed(here, {});
  CHECK(guessing.pace(here, {}) == Pace::free);
}
