#include "schema/hexadecimal.hpp"

#include <doctest/doctest.h>

using namespace epicura;

TEST_CASE("hexadecimal digits, there and back") {
  CHECK(hexadecimal("") == "");
  CHECK(hexadecimal(std::string_view("\x00\x0f\xf0\xff", 4)) == "000ff0ff");
  CHECK(from_hexadecimal("000ff0ff") == std::string("\x00\x0f\xf0\xff", 4));
  CHECK(from_hexadecimal("FF") == "\xff");
  CHECK(from_hexadecimal("") == "");
  for (const char* text : {"0", "abc", "0g", "g0", " 00", "00 ", "0x00", "00:11"}) CHECK_FALSE(from_hexadecimal(text));
}
