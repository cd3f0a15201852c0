#pragma once
// A parameter of a path or a query, with its type.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "http/message.hpp"

namespace epicura::http {

struct Parameter {
  enum class Kind { text, uuid, date_time, metric, integer, choice };

  std::string_view name;  // snake_case; of a query also read in camelCase
  Kind kind = Kind::text;
  bool repeatable = false;  // of a query: may come more than once
  std::string_view description = {};
  std::string_view example = {};
  std::int64_t least = 0;                          // of an integer
  std::int64_t most = 0;                           //
  std::string_view fallback = {};                  // what is taken where it is absent; empty: nothing
  std::span<const std::string_view> choices = {};  // of a choice, lower-case
};

// "week_start" is also "weekStart".
bool is_name_of(const Parameter& parameter, std::string_view given);

// Whether the value is of the parameter's type; it is rewritten in its one spelling (ids and choices in lower case).
// What is wrong with it otherwise. A text has 1 to 512 bytes.
std::optional<FieldError> read_value(const Parameter& parameter, std::string& value);

// As JSON Schema.
nlohmann::ordered_json schema_of(const Parameter& parameter);

}  // namespace epicura::http
