#include "schema/uuid.hpp"

#include <doctest/doctest.h>

#include <set>

using epicura::Uuid;

TEST_CASE("a UUID is read in any case and written lower-case") {
  const auto id = Uuid::parse("0198C0DE-0000-7000-8000-00000000ABCD");
  REQUIRE(id);
  CHECK(id->str() == "0198c0de-0000-7000-8000-00000000abcd");
}

TEST_CASE("what is not 8-4-4-4-12 hexadecimal digits is no UUID") {
  for (const auto* text :
       {"", "0198c0de", "0198c0de-0000-7000-8000-00000000abc", "0198c0de-0000-7000-8000-00000000abcde",
        "0198c0de00007000800000000000abcd0000", "0198c0de-0000-7000-8000-00000000abcg",
        "{198c0de-0000-7000-8000-00000000abcd", "0198c0de-0000-7000-8000_00000000abcd"}) {
    CAPTURE(text);
    CHECK_FALSE(Uuid::parse(text));
  }
}

TEST_CASE("version 7 ids are unique and grow, also within a millisecond") {
  std::set<Uuid> seen;
  Uuid last;
  for (int i = 0; i < 20'000; ++i) {
    const auto id = Uuid::v7();
    CHECK_MESSAGE(last < id, last.str(), " then ", id.str());
    CHECK((id.bytes[6] >> 4) == 7);
    CHECK((id.bytes[8] >> 6) == 2);
    seen.insert(id);
    last = id;
  }
  CHECK(seen.size() == 20'000);
}
