#include "schema/base64.hpp"

#include <doctest/doctest.h>

using namespace epicura;

TEST_CASE("base64: the vectors of RFC 4648") {
  CHECK(base64("") == "");
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foo") == "Zm9v");
  CHECK(base64("foob") == "Zm9vYg==");
  CHECK(base64("fooba") == "Zm9vYmE=");
  CHECK(base64("foobar") == "Zm9vYmFy");
  CHECK(base64("\xfb\xff\xfe") == "+//+");
}

TEST_CASE("base64url: no padding, and - and _ for + and /") {
  CHECK(base64url("f") == "Zg");
  CHECK(base64url("\xfb\xff\xfe") == "-__-");
}

TEST_CASE("from_base64url reads back what base64url wrote, for every length and byte") {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    CHECK(from_base64url(base64url(bytes)) == bytes);
    bytes += static_cast<char>(i * 37);
  }
}

TEST_CASE("from_base64url refuses what has no meaning or a second spelling") {
  CHECK_FALSE(from_base64url("A"));
  CHECK_FALSE(from_base64url("Zg=="));
  CHECK_FALSE(from_base64url("+//+"));
  CHECK_FALSE(from_base64url("Zh"));  // the same byte as "Zg", were the spare bits ignored
  CHECK_FALSE(
      from_base64url("Zm9"
                     "\xc3"));
  CHECK_FALSE(from_base64url("Zm 9"));
  CHECK(from_base64url("") == "");
}

TEST_CASE("from_base64 reads back what base64 wrote, and nothing else") {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    CHECK(from_base64(base64(bytes)) == bytes);
    bytes += static_cast<char>(i * 37);
  }
  for (const auto* text : {"A", "Zg", "Zg=", "Zg===", "====", "Zh==", "-__-", "Zm9v\n"}) CHECK_FALSE(from_base64(text));
}
