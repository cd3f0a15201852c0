#include "http/target.hpp"

#include <doctest/doctest.h>

using namespace epicura;
using namespace epicura::http;

namespace {

const Route& telemetry() {
  return *match(api_routes, "GET", "/devices/x/telemetry").route;
}

}  // namespace

TEST_CASE("targets are split, the absolute form too") {
  CHECK(split_target("/a/b?c=d?e")->path == "/a/b");
  CHECK(split_target("/a/b?c=d?e")->query == "c=d?e");
  CHECK(split_target("http://host:1/a?b")->path == "/a");
  CHECK(split_target("http://host")->path == "/");
  for (const char* target : {"a/b", "*", "host:443", "/a#b", "ftp://h/a", "", "?a", "http://h?a"})
    CHECK_MESSAGE(!split_target(target), target);
}

TEST_CASE("paths are decoded once") {
  CHECK(*decode_path("/a%20b/%C3%A9") == "/a b/\xc3\xa9");
  CHECK(*decode_path("/%252f") == "/%2f");
  CHECK(*decode_path("/a+b") == "/a+b");
  CHECK(*decode_path("/...") == "/...");
  for (const char* path : {"/a%2fb", "/a%2Fb",  "/a%5cb",     "/a\\b",         "/%00",    "/%0a", "/%7f", "/a/../b",
                           "/a/./b", "/..",     "/.",         "/a/%2e%2e/b",   "/a/.%2e", "/%",   "/%4",  "/%zz",
                           "/%ff",   "/%c0%af", "/%ed%a0%80", "/%f4%90%80%80", "/%c3",    "/a/.."})
    CHECK_MESSAGE(!decode_path(path), path);
}

TEST_CASE("queries are decoded") {
  const auto read = read_query("metric=a&metric=b%2Ec&cursor=b+c%2Bd&=", telemetry());
  REQUIRE(read);
  CHECK(read->query == Pairs{{"metric", "a"}, {"metric", "b.c"}, {"cursor", "b c+d"}});
  CHECK(read->errors.size() == 1);  // no name at all is no name that is known
  CHECK(read_query("", telemetry())->query.empty());
  CHECK(read_query("&&limit=1&", telemetry())->query.size() == 1);
}

TEST_CASE("a parameter twice is refused, unless the route repeats it") {
  CHECK_FALSE(read_query("limit=1&limit=1", telemetry()));
  CHECK_FALSE(read_query("l%69mit=1&limit=1", telemetry()));
  CHECK_FALSE(read_query("other=1&other=2", telemetry()));
  std::string many;
  for (int i = 0; i < 129; ++i) many += "metric=a&";
  CHECK_FALSE(read_query(many, telemetry()));
  for (const char* query : {"limit=%", "limit=%0", "limit=%00", "limit=%ff", "%00=1"})
    CHECK_MESSAGE(!read_query(query, telemetry()), query);
}

TEST_CASE("an unknown parameter names the legal ones") {
  const auto read = read_query("limit=1&limits=2", telemetry());
  REQUIRE(read);
  REQUIRE(read->errors.size() == 1);
  CHECK(read->errors[0].pointer == "/query/limits");
  CHECK(read->errors[0].detail.find("metric, from, to, limit, cursor") != std::string::npos);
  CHECK(read->query.size() == 1);
}
