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
  for (const char* list : {R"("a")", R"(W/"a")", R"("b", "a")", R"("b",W/"a")", "*", R"( "a" )", R"("x,y","a")"})
    CHECK_MESSAGE(none_match_has(list, R"("a")"), list);
  for (const char* list :
       {"", "a", R"("A")", R"("ab")", R"("b")", R"("a)", "W/a", R"("b" a "a")", ",", R"(w/"a")", R"("x,"a")"})
    CHECK_MESSAGE(!none_match_has(list, R"("a")"), list);
}

TEST_CASE("If-Match is met by a tag of its list, also one that compression made weak, and by a star") {
  for (const char* list : {R"("a")", R"("b", "a")", R"(W/"a")", "*"}) CHECK_MESSAGE(match_has(list, R"("a")"), list);
  for (const char* list : {R"("b")", "a", R"(W/"b")", ","}) CHECK_MESSAGE(!match_has(list, R"("a")"), list);
}
