#include "schema/time.hpp"

#include <doctest/doctest.h>

using namespace epicura;

TEST_CASE("RFC 3339 times are read to the millisecond and written in UTC") {
  struct {
    const char* text;
    const char* written;
  } const cases[] = {
      {"2026-11-20T21:05:00Z", "2026-11-20T21:05:00.000Z"},
      {"2026-11-20t21:05:00.1z", "2026-11-20T21:05:00.100Z"},
      {"2026-11-20T21:05:00.123999Z", "2026-11-20T21:05:00.123Z"},
      {"2026-11-20T23:05:00.5+02:00", "2026-11-20T21:05:00.500Z"},
      {"2026-11-20 19:35:00-01:30", "2026-11-20T21:05:00.000Z"},
      {"2024-02-29T23:59:60Z", "2024-03-01T00:00:00.000Z"},
      {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"},
      {"9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"},
      {"1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.text);
    const auto time = parse_rfc3339(c.text);
    REQUIRE(time);
    CHECK(format_rfc3339(*time) == c.written);
  }
}

TEST_CASE("what is no RFC 3339 time is not read") {
  for (const auto* text : {"",
                           "infinity",
                           "-infinity",
                           "now",
                           "2026-11-20",
                           "2026-11-20T21:05Z",
                           "2026-11-20T21:05:00",
                           "2026-11-20T21:05:00.Z",
                           "2026-11-20T24:00:00Z",
                           "2026-11-20T21:60:00Z",
                           "2026-11-20T21:05:61Z",
                           "2026-02-29T00:00:00Z",
                           "2026-13-01T00:00:00Z",
                           "2026-00-01T00:00:00Z",
                           "0000-01-01T00:00:00Z",
                           "12026-11-20T21:05:00Z",
                           "2026-11-20T21:05:00+24:00",
                           "2026-11-20T21:05:00+0200",
                           "2026-11-20T21:05:00Zx",
                           " 2026-11-20T21:05:00Z",
                           "2026-11-20T21:05:00ZZ",
                           "+026-11-20T21:05:00Z"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_rfc3339(text));
  }
}
