#include "http/formats.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "schema/email.hpp"
#include "schema/language_tag.hpp"
#include "schema/metric.hpp"
#include "schema/time.hpp"
#include "schema/uuid.hpp"

namespace epicura::http {

namespace {

using Json = nlohmann::ordered_json;

bool is_line(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

struct Format {
  std::string_view name;
  bool (*has)(std::string_view);
  std::string_view code;
  std::string_view in_words;
};

constexpr Format formats[] = {
    {"uuid", [](std::string_view text) { return Uuid::parse(text).has_value(); }, "bad_value", "a UUID"},
    {"date-time", [](std::string_view text) { return parse_rfc3339(text).has_value(); }, "bad_time",
     "an RFC 3339 time"},
    {"metric", is_metric_name, "bad_metric", "1 to 4 levels of [A-Za-z0-9_-]{1,64} joined by dots"},
    {"email", [](std::string_view text) { return parse_email(text).has_value(); }, "bad_value", "an e-mail address"},
    {"language", [](std::string_view text) { return parse_language_tag(text).has_value(); }, "bad_value",
     "a language tag such as de or pt-BR"},
    {"line", is_line, "bad_value", "a text without control characters"},
};

const Format* find(std::string_view name) {
  const auto* found =
      std::find_if(std::begin(formats), std::end(formats), [&](const auto& f) { return f.name == name; });
  return found == std::end(formats) ? nullptr : found;
}

// " of 1 to 64 characters", " from 0 on", or nothing.
std::string range(const Json& schema, const char* least, const char* most, std::string_view before,
                  std::string_view unit) {
  const bool from = schema.contains(least);
  const bool to = schema.contains(most);
  if (from && to) return fmt::format(" {} {} to {}{}", before, schema[least].dump(), schema[most].dump(), unit);
  if (to) return fmt::format(" {} at most {}{}", before, schema[most].dump(), unit);
  if (from) return fmt::format(" {} at least {}{}", before, schema[least].dump(), unit);
  return {};
}

std::string of_type(const std::string& type, const Json& schema) {
  if (type == "integer") return "a whole number" + range(schema, "minimum", "maximum", "from", "");
  if (type == "number") return "a number" + range(schema, "minimum", "maximum", "from", "");
  if (type == "boolean") return "true or false";
  if (type == "array") return "an array" + range(schema, "minItems", "maxItems", "of", " items");
  if (type == "object") return "a JSON object";
  if (type == "null") return "null";
  const Format* format = schema.contains("format") ? find(schema["format"].get<std::string>()) : nullptr;
  const auto length = range(schema, "minLength", "maxLength", "of", " characters");
  return format != nullptr ? std::string(format->in_words) + length : "a text" + length;
}

}  // namespace

bool is_format(std::string_view format) {
  return find(format) != nullptr;
}

bool has_format(std::string_view format, std::string_view text) {
  const Format* known = find(format);
  return known == nullptr || known->has(text);
}

std::string_view code_of_format(std::string_view format) {
  const Format* known = find(format);
  return known == nullptr ? "bad_value" : known->code;
}

std::string expected(const Json& schema) {
  if (schema.contains("enum")) {
    std::string all;
    for (const auto& choice : schema["enum"])
      all += (all.empty() ? "one of " : ", ") + (choice.is_string() ? choice.get<std::string>() : choice.dump());
    return all;
  }
  if (!schema.contains("type")) return "something else";
  const auto& type = schema["type"];
  if (type.is_string()) return of_type(type.get<std::string>(), schema);
  std::string all;
  for (const auto& one : type) all += (all.empty() ? "" : " or ") + of_type(one.get<std::string>(), schema);
  return all;
}

}  // namespace epicura::http
