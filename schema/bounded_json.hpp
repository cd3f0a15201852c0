#pragma once
// JSON from outside, parsed with a bound on its depth: nlohmann's dump() recurses, and 100,000 nested brackets would
// end the process.

#include <string_view>

#include <nlohmann/json.hpp>

#include "schema/reading.hpp"

namespace epicura {

using Json = nlohmann::json;

inline constexpr int json_max_depth = 32;
inline constexpr std::size_t json_max_bytes = std::size_t{1} << 20;

struct ParsedJson {
  Json value;                      // discarded when refused
  std::optional<Refusal> refused;  // bad_json, too_deep or too_large
};

// How many fields of an object are none of these.
std::size_t count_unknown(const Json& object, std::initializer_list<std::string_view> known);

ParsedJson parse_json(std::string_view text, std::size_t max_bytes = json_max_bytes);

// Never throws: bytes that are not UTF-8 are replaced.
std::string dump_json(const Json& value);

}  // namespace epicura
