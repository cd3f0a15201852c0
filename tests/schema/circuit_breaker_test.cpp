#include "schema/circuit_breaker.hpp"

#include <doctest/doctest.h>

using namespace epicura;
using namespace std::chrono_literals;

namespace {

struct Broken {
  CircuitBreaker breaker;
  CircuitBreaker::Moment now{};
  Broken() {
    for (int i = 0; i < CircuitBreaker::failures_to_open; ++i) {
      REQUIRE(breaker.lets_through(now));
      breaker.failed(now);
    }
  }
};

}  // namespace

TEST_CASE("five failures in a row open it, four do not, nor five with a success between") {
  CircuitBreaker breaker;
  const CircuitBreaker::Moment now{};
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 4; ++i) breaker.failed(now);
    CHECK(breaker.lets_through(now));
    CHECK(breaker.is_closed());
    breaker.succeeded();
  }
  Broken broken;
  CHECK_FALSE(broken.breaker.lets_through(now));
  CHECK_FALSE(broken.breaker.is_closed());
}

TEST_CASE("after 30 s one goes through; its success closes it") {
  Broken broken;
  CHECK_FALSE(broken.breaker.lets_through(broken.now + 30s - 1ns));
  CHECK(broken.breaker.lets_through(broken.now + 30s));
  CHECK_FALSE(broken.breaker.lets_through(broken.now + 30s));
  CHECK_FALSE(broken.breaker.is_closed());
  broken.breaker.succeeded();
  CHECK(broken.breaker.is_closed());
  for (int i = 0; i < 4; ++i) broken.breaker.failed(broken.now);
  CHECK(broken.breaker.lets_through(broken.now));
}

TEST_CASE("each failure of the one that goes through doubles the wait, to ten minutes; a success forgets it") {
  Broken broken;
  for (const auto wait : {30s, 60s, 120s, 240s, 480s, 600s, 600s}) {
    CHECK_FALSE(broken.breaker.lets_through(broken.now + wait - 1s));
    broken.now += wait;
    REQUIRE(broken.breaker.lets_through(broken.now));
    broken.breaker.failed(broken.now);
  }
  broken.now += 600s;
  REQUIRE(broken.breaker.lets_through(broken.now));
  broken.breaker.succeeded();
  for (int i = 0; i < 5; ++i) broken.breaker.failed(broken.now);
  CHECK_FALSE(broken.breaker.lets_through(broken.now + 29s));
  CHECK(broken.breaker.lets_through(broken.now + 30s));
}
