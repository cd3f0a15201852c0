#include "http/forwarded.hpp"

#include <doctest/doctest.h>

using namespace epicura;

TEST_CASE("the client is the rightmost hop that is no trusted proxy") {
  const auto trusted = *parse_address_blocks("10.0.0.0/8, fd00::/8");
  const auto client = [&](std::string_view field) {
    const auto found = http::forwarded_client(field, trusted);
    return found ? found->str() : "";
  };
  CHECK(client("203.0.113.9") == "203.0.113.9");
  CHECK(client("198.51.100.1, 203.0.113.9") == "203.0.113.9");
  CHECK(client("198.51.100.1,203.0.113.9 , 10.1.2.3,fd00::1") == "203.0.113.9");
  CHECK(client("2001:db8::1, 10.0.0.1") == "2001:db8::1");
  CHECK(client("10.0.0.2, 10.0.0.1") == "10.0.0.2");
  CHECK(client("nonsense, 10.0.0.1") == "10.0.0.1");
  CHECK(client("203.0.113.9, nonsense") == "");
  CHECK(client("203.0.113.9:4711") == "");
  CHECK(client("") == "");
  CHECK(client(",") == "");
  CHECK(client(", 10.0.0.1") == "10.0.0.1");
}
