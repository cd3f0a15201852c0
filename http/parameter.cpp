#include "http/parameter.hpp"

#include <algorithm>
#include <charconv>

#include <nlohmann/json.hpp>

#include "http/formats.hpp"

namespace epicura::http {

namespace {

constexpr std::size_t longest_text = 512;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool read_integer(const Parameter& parameter, std::string_view text) {
  std::int64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, number);
  return code == std::errc{} && stop == end && number >= parameter.least && number <= parameter.most;
}

bool read_choice(const Parameter& parameter, std::string& value) {
  std::string spelled = value;
  std::transform(spelled.begin(), spelled.end(), spelled.begin(), lower);
  if (std::find(parameter.choices.begin(), parameter.choices.end(), spelled) == parameter.choices.end()) return false;
  value = std::move(spelled);
  return true;
}

std::string_view format_of(Parameter::Kind kind) {
  switch (kind) {
    case Parameter::Kind::uuid:
      return "uuid";
    case Parameter::Kind::date_time:
      return "date-time";
    case Parameter::Kind::metric:
      return "metric";
    default:
      return {};
  }
}

bool read(const Parameter& parameter, std::string& value) {
  switch (parameter.kind) {
    case Parameter::Kind::text:
      return !value.empty() && value.size() <= longest_text;
    case Parameter::Kind::integer:
      return read_integer(parameter, value);
    case Parameter::Kind::choice:
      return read_choice(parameter, value);
    case Parameter::Kind::uuid:
      std::transform(value.begin(), value.end(), value.begin(), lower);
      [[fallthrough]];
    case Parameter::Kind::date_time:
    case Parameter::Kind::metric:
      return has_format(format_of(parameter.kind), value);
  }
  return false;
}

}  // namespace

bool is_name_of(const Parameter& parameter, std::string_view given) {
  if (given == parameter.name) return true;
  bool after_underscore = false;
  for (const char c : parameter.name) {
    if (c == '_') {
      after_underscore = true;
      continue;
    }
    const char wanted = after_underscore && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    if (given.empty() || given.front() != wanted) return false;
    given.remove_prefix(1);
    after_underscore = false;
  }
  return given.empty();
}

std::optional<FieldError> read_value(const Parameter& parameter, std::string& value) {
  if (read(parameter, value)) return std::nullopt;
  const std::string name(parameter.name);
  return FieldError{"/query/" + name, std::string(code_of_format(format_of(parameter.kind))),
                    name + " is " + expected(schema_of(parameter))};
}

nlohmann::ordered_json schema_of(const Parameter& parameter) {
  nlohmann::ordered_json schema;
  schema["type"] = parameter.kind == Parameter::Kind::integer ? "integer" : "string";
  if (const auto format = format_of(parameter.kind); !format.empty()) schema["format"] = format;
  if (parameter.kind == Parameter::Kind::integer) {
    schema["minimum"] = parameter.least;
    schema["maximum"] = parameter.most;
    if (!parameter.fallback.empty()) schema["default"] = nlohmann::ordered_json::parse(parameter.fallback);
  } else if (!parameter.fallback.empty()) {
    schema["default"] = parameter.fallback;
  }
  if (parameter.kind == Parameter::Kind::choice) schema["enum"] = parameter.choices;
  if (parameter.kind == Parameter::Kind::text) {
    schema["minLength"] = 1;
    schema["maxLength"] = longest_text;
  }
  return schema;
}

}  // namespace epicura::http
