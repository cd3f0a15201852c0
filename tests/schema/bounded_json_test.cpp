#include "schema/bounded_json.hpp"

#include <doctest/doctest.h>

using namespace epicura;

TEST_CASE("JSON is parsed up to a depth and a size") {
  const std::string deepest = std::string(json_max_depth, '[') + std::string(json_max_depth, ']');
  CHECK_FALSE(parse_json(deepest).refused);
  CHECK(parse_json("[" + deepest + "]").refused == Refusal::too_deep);
  CHECK(parse_json(std::string(1'000'000, '[')).refused == Refusal::too_deep);
  CHECK_FALSE(parse_json("\"" + std::string(100, '[') + "\\\"{{\"").refused);
  CHECK_FALSE(parse_json("[1,2]", 5).refused);
  CHECK(parse_json("[1,2]", 4).refused == Refusal::too_large);
}

TEST_CASE("what is no JSON is refused, also where a NUL hides it") {
  for (const std::string& text : {std::string(), std::string("{"), std::string("{}x"), std::string("{}\0", 3),
                                  std::string("{}\0x", 4), std::string("\"a\0\"", 4), std::string("[1]\0]", 5)})
    CHECK(parse_json(text).refused == Refusal::bad_json);
}

TEST_CASE("fields that nobody knows are counted") {
  const auto parsed = parse_json(R"({"a":1,"b":2,"c":3})");
  REQUIRE_FALSE(parsed.refused);
  CHECK(count_unknown(parsed.value, {"a", "b"}) == 1);
  CHECK(count_unknown(parsed.value, {}) == 3);
}
