#include "schema/bounded_json.hpp"

#include <algorithm>

namespace epicura {

namespace {

// Most texts have fewer brackets in all than may be nested: these need no look at each of their characters.
bool has_few_brackets(std::string_view text) {
  const auto opening = std::count(text.begin(), text.end(), '[') + std::count(text.begin(), text.end(), '{');
  return opening <= json_max_depth;
}

// Counts brackets outside of strings, without recursion; what is not JSON is left to the parser.
int depth_of(std::string_view text) {
  int depth = 0;
  int deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        in_string = false;
      }
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++depth);
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return deepest;
}

}  // namespace

std::size_t count_unknown(const Json& object, std::initializer_list<std::string_view> known) {
  std::size_t count = 0;
  for (const auto& [name, value] : object.items()) count += std::find(known.begin(), known.end(), name) == known.end();
  return count;
}

ParsedJson parse_json(std::string_view text, std::size_t max_bytes) {
  const auto refused = [](Refusal why) { return ParsedJson{Json(Json::value_t::discarded), why}; };
  if (text.size() > max_bytes) return refused(Refusal::too_large);
  // No JSON has a NUL in it; nlohmann's lexer takes one for the end of the input, and what is behind it for nothing.
  if (text.find('\0') != std::string_view::npos) return refused(Refusal::bad_json);
  if (!has_few_brackets(text) && depth_of(text) > json_max_depth) return refused(Refusal::too_deep);
  Json value = Json::parse(text, nullptr, false);
  if (value.is_discarded()) return refused(Refusal::bad_json);
  return {std::move(value), std::nullopt};
}

std::string dump_json(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace epicura
