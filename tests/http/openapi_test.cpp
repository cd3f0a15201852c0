#include "http/openapi.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include <nlohmann/json.hpp>

#include "http/route_table.hpp"
#include "http/schemas.hpp"

using namespace epicura::http;
using Json = nlohmann::json;

namespace {

const Json& document() {
  static const Json made = Json::parse(openapi_document(api_routes, api_schemas()));
  return made;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

const Json& operation(const Route& route) {
  return document().at("paths").at(std::string(route.path)).at(lower(name(route.method)));
}

template <class Visit>
void walk(const Json& part, const Visit& visit) {
  visit(part);
  if (part.is_structured())
    for (const auto& next : part) walk(next, visit);
}

}  // namespace

TEST_CASE("the document has each route of the table exactly once, and no other") {
  std::size_t operations = 0;
  std::set<std::string> names;
  for (const auto& [path, methods] : document().at("paths").items()) {
    operations += methods.size();
    for (const auto& one : methods) CHECK(names.insert(one.at("operationId").get<std::string>()).second);
  }
  CHECK(operations == api_routes.size());
  for (const Route& route : api_routes) {
    const auto& one = operation(route);
    CHECK(one.at("operationId") == route.name);
    CHECK(one.contains("requestBody") == !(route.body.empty() && route.body_types.empty()));
    const auto& security = one.at("security");
    CHECK((security.empty() || security.back().empty()) == (route.access == Access::anyone));
    CHECK((security.size() == 2 && security.back().empty()) == !route.optional_token.empty());
    if (!route.body.empty()) CHECK(one.at("requestBody").at("required") == !route.body_optional);
    if (route.access != Access::anyone) CHECK(one.at("responses").contains("401"));
    if (route.counts != Counts::nothing) CHECK(one.at("responses").contains("429"));
    for (const auto& success : route.success)
      if (success.status != 0)
        CHECK(one.at("responses").at(std::to_string(success.status)).at("headers").contains("RateLimit-Limit") ==
              (route.counts != Counts::nothing));
    for (const auto& success : route.success)
      if (success.status != 0) CHECK(one.at("responses").contains(std::to_string(success.status)));
    for (const auto problem : route.problems)
      CHECK(one.at("responses").contains(std::to_string(epicura::facts(problem).http_status)));
    CHECK_FALSE(one.at("summary").get<std::string>().empty());
    CHECK_FALSE(route.who.empty());
  }
}

TEST_CASE("every parameter of a path is declared, and every tag") {
  std::set<std::string> tags;
  for (const auto& tag : document().at("tags")) tags.insert(tag.at("name").get<std::string>());
  for (RouteTable table : {RouteTable(api_routes), RouteTable(operations_routes)}) {
    for (const Route& route : table) {
      CHECK(tags.count(std::string(route.tag)) == 1);
      std::string braces;
      for (const auto& parameter : route.in_path) braces += "{" + std::string(parameter.name) + "}";
      std::string in_path;
      bool within = false;
      for (const char c : route.path) {
        within = within || c == '{';
        if (within) in_path += c;
        within = within && c != '}';
      }
      CHECK(braces == in_path);
    }
  }
}

TEST_CASE("every reference resolves, and every schema of the document is used") {
  std::set<std::string> used;
  walk(document(), [&](const Json& part) {
    if (!part.is_object() || !part.contains("$ref")) return;
    const auto target = part["$ref"].get<std::string>();
    REQUIRE(target.starts_with("#/"));
    CHECK_MESSAGE(document().contains(Json::json_pointer(target.substr(1))), target);
    used.insert(target);
  });
  for (const auto& schema : document().at("components").at("schemas").items())
    CHECK_MESSAGE(used.count("#/components/schemas/" + schema.key()) == 1, schema.key());
}

TEST_CASE("every schema that a route names exists, and has an example") {
  const auto check = [](std::string_view name) {
    if (name.empty()) return;
    REQUIRE_MESSAGE(api_schemas().has(name), name);
    CHECK_MESSAGE(api_schemas().all().at(std::string(name)).contains("examples"), name);
  };
  for (RouteTable table : {RouteTable(api_routes), RouteTable(operations_routes)}) {
    for (const Route& route : table) {
      check(route.body);
      for (const auto& success : route.success) check(success.schema);
    }
  }
}

TEST_CASE("every example fits its schema") {
  std::size_t examples = 0;
  for (const auto& schema : api_schemas().all().items()) {
    const auto& name = schema.key();
    for (const auto& example : schema.value().value("examples", nlohmann::ordered_json::array())) {
      const auto errors = api_schemas().check(name, Json::parse(example.dump()));
      CHECK_MESSAGE(errors.empty(), name, errors.empty() ? "" : errors[0].pointer + ": " + errors[0].detail);
      ++examples;
    }
  }
  CHECK(examples >= 9);
  for (RouteTable table : {RouteTable(api_routes), RouteTable(operations_routes)})
    for (const Route& route : table)
      for (const auto parameters : {route.query, route.in_path})
        for (const Parameter& parameter : parameters) {
          std::string example(parameter.example);
          if (!example.empty()) CHECK_MESSAGE(!read_value(parameter, example), parameter.name);
          std::string fallback(parameter.fallback);
          if (!fallback.empty()) CHECK_MESSAGE(!read_value(parameter, fallback), parameter.name);
        }
  for (const auto& [status, response] : document().at("components").at("responses").items())
    for (const auto& example : response.at("content").at("application/problem+json").at("examples"))
      CHECK(api_schemas().check("Problem", example.at("value")).empty());
}

TEST_CASE("the README's index of routes is the table's") {
  std::ifstream file(EPICURA_SOURCE_DIR "/README.md");
  std::stringstream readme;
  readme << file.rdbuf();
  CHECK_MESSAGE(readme.str().find("\n\n" + route_index(api_routes) + "\n") != std::string::npos,
                "the table under API is not what `epicura routes` prints");
}
