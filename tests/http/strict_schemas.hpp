#pragma once
// Answers are held against the schemas that the route table declares for them, with no field beside those.

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "http/route.hpp"
#include "http/schemas.hpp"

namespace epicura::http::test {

// The program's schemas, in which an object may have no other fields than those that it describes.
inline const Schemas& strict_schemas() {
  static std::vector<std::string> texts;
  static const Schemas made = [] {
    const std::function<void(nlohmann::ordered_json&)> close = [&close](nlohmann::ordered_json& part) {
      if (part.is_object() && part.contains("properties") && part["properties"].is_object())
        part["additionalProperties"] = false;
      if (part.is_structured())
        for (auto& next : part) close(next);
    };
    std::vector<SchemaSource> sources;
    for (const auto& source : schema_sources()) {
      auto schema = nlohmann::ordered_json::parse(source.text);
      close(schema);
      texts.push_back(schema.dump());
    }
    std::size_t i = 0;
    for (const auto& source : schema_sources()) sources.push_back({source.name, texts[i++]});
    return Schemas(sources);
  }();
  return made;
}

inline void fits(std::string_view schema, const std::string& body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  REQUIRE_MESSAGE(!json.is_discarded(), body);
  for (const auto& error : strict_schemas().check(schema, json))
    FAIL_CHECK(schema, " ", error.pointer, " ", error.code, ": ", error.detail, "\n", body);
}

// An answer to that route: of a status that it may have, and in the form that the table says.
inline void fits(const Route& route, int status, const std::string& body) {
  if (status >= 400 && status != 503) return fits("Problem", body);
  for (const auto& success : route.success) {
    if (success.status != status) continue;
    if (!success.schema.empty()) fits(success.schema, body);
    return;
  }
  if (status == 503) return fits("Problem", body);
  FAIL_CHECK(route.name, " has no answer with status ", status);
}

}  // namespace epicura::http::test
