#include "bus/subject_pattern.hpp"

#include <doctest/doctest.h>

using namespace epicura::bus;

TEST_CASE("patterns are levels, or a wildcard alone in its level") {
  for (const auto* good : {"a", "a.b", "*", ">", "a.*.b", "a.>", "*.*.>"}) CHECK(is_pattern(good));
  for (const auto* bad : {"", ".", "a.", ".a", "a..b", "a.>.b", ">.a", "a*", "a.b>", "a b", "a\n"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_pattern(bad));
  }
}

TEST_CASE("wildcards match as nats-server matches them") {
  CHECK(matches("a.b", "a.b"));
  CHECK_FALSE(matches("a.b", "a.c"));
  CHECK_FALSE(matches("a", "a.b"));
  CHECK_FALSE(matches("a.b", "a"));
  CHECK(matches("a.*", "a.b"));
  CHECK_FALSE(matches("a.*", "a.b.c"));
  CHECK_FALSE(matches("a.*", "a"));
  CHECK(matches("a.>", "a.b"));
  CHECK(matches("a.>", "a.b.c"));
  CHECK_FALSE(matches("a.>", "a"));
  CHECK(matches(">", "a.b.c"));
  CHECK(matches("*.b.*", "a.b.c"));
}

TEST_CASE("patterns overlap where one subject matches both") {
  CHECK(overlap("a.>", "a.b.c"));
  CHECK(overlap("a.*.c", "a.b.*"));
  CHECK(overlap("*", "b"));
  CHECK(overlap(">", "a"));
  CHECK_FALSE(overlap("a.>", "a"));
  CHECK_FALSE(overlap("a.*", "a.b.c"));
  CHECK_FALSE(overlap("a.b", "a.c"));
}
