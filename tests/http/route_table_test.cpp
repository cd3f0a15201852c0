#include "http/route_table.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace epicura::http;

TEST_CASE("every route is reached under each prefix and alias, with its parameters") {
  for (const Route& route : api_routes) {
    std::string path(route.path);
    Pairs params;
    for (const Parameter& parameter : route.in_path) {
      const auto brace = "{" + std::string(parameter.name) + "}";
      path.replace(path.find(brace), brace.size(), "0198");
      params.emplace_back(parameter.name, "0198");
    }
    for (std::string prefix : {"", "/api", "/api/v1"}) {
      const auto found = match(api_routes, name(route.method), prefix + path);
      REQUIRE(found.route == &route);
      CHECK(found.path == path);
      CHECK(found.params == params);
      if (path.starts_with("/devices"))
        CHECK(match(api_routes, name(route.method), prefix + "/appliances" + path.substr(8)).route == &route);
    }
  }
}

TEST_CASE("no such path, or not with this method") {
  for (const char* path :
       {"/", "", "/api", "/api/v1", "/api/v2/health", "/healthy", "/health/", "//health", "/devices", "/devices/",
        "/devices//telemetry", "/devices/a/b", "/devicesx/a", "/api/api/health", "/Health", "/appliancesx/a"}) {
    const auto found = match(api_routes, "GET", path);
    CHECK_MESSAGE(found.route == nullptr, path);
    CHECK_MESSAGE(found.allow.empty(), path);
  }
  const auto found = match(api_routes, "DELETE", "/api/devices/x/telemetry");
  CHECK(found.route == nullptr);
  CHECK(found.allow == "POST, GET, HEAD, OPTIONS");
  CHECK(match(api_routes, "HEAD", "/health").route == match(api_routes, "GET", "/health").route);
}

TEST_CASE("a literal segment wins over a parameter") {
  CHECK(match(api_routes, "POST", "/devices/register").route->operation == Operation::register_device);
  CHECK(match(api_routes, "GET", "/devices/register").allow == "POST, OPTIONS");
}

TEST_CASE("names and (method, path) are unique") {
  for (RouteTable table : {RouteTable(api_routes), RouteTable(operations_routes)}) {
    std::set<std::string_view> names;
    std::set<std::pair<Method, std::string_view>> places;
    for (const Route& route : table) {
      CHECK(names.insert(route.name).second);
      CHECK(places.insert({route.method, route.path}).second);
    }
  }
}
