#include "schema/base32.hpp"

#include <doctest/doctest.h>

using namespace epicura;

TEST_CASE("base32: the vectors of RFC 4648, without their padding") {
  CHECK(base32("") == "");
  CHECK(base32("f") == "MY");
  CHECK(base32("fo") == "MZXQ");
  CHECK(base32("foo") == "MZXW6");
  CHECK(base32("foob") == "MZXW6YQ");
  CHECK(base32("fooba") == "MZXW6YTB");
  CHECK(base32("foobar") == "MZXW6YTBOI");
}

TEST_CASE("base32 of bytes with their highest bit, and of many") {
  CHECK(base32("\xff") == "74");
  CHECK(base32(std::string(5, '\xff')) == "77777777");
  CHECK(base32(std::string(5, '\0')) == "AAAAAAAA");
  CHECK(base32(std::string(1000, '\xff')) == std::string(1600, '7'));
}
