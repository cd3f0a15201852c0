#include "schema/quota_news.hpp"

#include <doctest/doctest.h>

using namespace epicura;

TEST_CASE("news of a quota are read as they were written") {
  const QuotaNews news{Uuid::v7(), "user", {{Uuid::v7(), 3}, {Uuid::v7(), 65'535}}};
  const auto read = decode_quota_news(encode(news));
  REQUIRE(read);
  CHECK(read->from == news.from);
  CHECK(read->quota == "user");
  REQUIRE(read->used.size() == 2);
  CHECK(read->used[0].key == news.used[0].key);
  CHECK(read->used[0].count == 3);
  CHECK(read->used[1].count == 65'535);
}

TEST_CASE("what is no news is refused as a whole") {
  const std::string id = Uuid::v7().str();
  for (const std::string& text : std::initializer_list<std::string>{
           "", "{", "[]", "{}", R"({"from":"x","quota":"user","used":[]})",
           R"({"from":")" + id + R"(","quota":7,"used":[]})", R"({"from":")" + id + R"(","quota":"user","used":{}})",
           R"({"from":")" + id + R"(","quota":"user","used":[")" + id + R"("]})",
           R"({"from":")" + id + R"(","quota":"user","used":[["x",1]]})",
           R"({"from":")" + id + R"(","quota":"user","used":[[")" + id + R"(",-1]]})",
           R"({"from":")" + id + R"(","quota":"user","used":[[")" + id + R"(",65536]]})",
           R"({"from":")" + id + R"(","quota":"user","used":[[")" + id + R"(",1.5]]})"})
    CHECK_MESSAGE(!decode_quota_news(text), text);
}
