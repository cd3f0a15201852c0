#include "http/etag.hpp"

#include <doctest/doctest.h>

using namespace epicura::http;

TEST_CASE("a tag is strong, quoted and the content's own") {
  const auto tag = etag_of("soup");
  CHECK(tag.size() == 22);
  CHECK(tag.front() == '"');
  CHECK(tag.back() == '"');
  CHECK(tag == etag_of("soup"));
  CHECK(tag != etag_of("soap"));
}

TEST_CASE("If-None-Match lists tags, strong or weak, or is a star") {
  for (const char* list : {"\"a\"", "W/\"a\"", "\"b\", \"a\"", "\"b\",W/\"a\"", "*", " \"a\" ", "\"x,y\",\"a\""})
    CHECK_MESSAGE(none_match_has(list, "\"a\""), list);
  for (const char* list :
       {"", "a", "\"A\"", "\"ab\"", "\"b\"", "\"a", "W/a", "\"b\" a \"a\"", ",", "w/\"a\"", "\"x,\"a\""})
    CHECK_MESSAGE(!none_match_has(list, "\"a\""), list);
}
