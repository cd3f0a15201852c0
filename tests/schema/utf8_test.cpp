#include "schema/utf8.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace epicura;

TEST_CASE("code points are counted, not bytes") {
  CHECK(count_code_points("") == 0);
  CHECK(count_code_points("pot") == 3);
  CHECK(count_code_points("grün") == 4);
  CHECK(count_code_points("\xe2\x82\xac") == 1);
  CHECK(count_code_points("\xf0\x9f\x8d\xb2!") == 2);
  CHECK(count_code_points(std::string_view("a\0b", 3)) == 3);
}

TEST_CASE("the first and the last code point of each length are taken, their neighbours are not") {
  for (const auto* text : {"\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
                           "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    CAPTURE(text);
    CHECK(count_code_points(text) == 1);
  }
  for (const auto* text : {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf",
                           "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xfe"}) {
    CAPTURE(text);
    CHECK_FALSE(is_utf8(text));
  }
}

TEST_CASE("what is cut off, and what goes on with something else, is not UTF-8") {
  const std::string pot = "\xf0\x9f\x8d\xb2";
  for (std::size_t length = 1; length < pot.size(); ++length) {
    CHECK_FALSE(is_utf8(pot.substr(0, length)));
    CHECK_FALSE(is_utf8(pot.substr(0, length) + "a"));
    CHECK_FALSE(is_utf8("a" + pot.substr(length)));
  }
}

TEST_CASE("code points are taken one after another") {
  std::string_view text = "a\xc3\xbc\xe2\x82\xac\xf0\x9f\x8d\xb2\xff";
  CHECK(take_code_point(text) == U'a');
  CHECK(take_code_point(text) == 0xfcU);
  CHECK(take_code_point(text) == 0x20acU);
  CHECK(take_code_point(text) == 0x1f372U);
  CHECK_FALSE(take_code_point(text));
  CHECK(text == "\xff");
}
