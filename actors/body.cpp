#include "actors/body.hpp"

#include <algorithm>

namespace epicura {

Body::Body(std::string_view text) {
  auto parsed = parse_json(text);
  if (parsed.refused) {
    error("", std::string(name(*parsed.refused)),
          *parsed.refused == Refusal::too_deep ? "nested deeper than 32" : "the body is not JSON");
  } else if (!parsed.value.is_object()) {
    error("", "bad_value", "the body is not a JSON object");
  } else {
    json_ = std::move(parsed.value);
  }
}

std::optional<std::string> Body::text(const std::string& field, std::size_t most, bool required) {
  if (!json_.is_object()) return std::nullopt;
  const auto found = json_.find(field);
  if (found == json_.end() || found->is_null()) {
    if (required) error("/" + field, "missing", field + " is required");
    return std::nullopt;
  }
  const auto* value = found->get_ptr<const std::string*>();
  const bool legal = value && !value->empty() && value->size() <= most &&
                     std::none_of(value->begin(), value->end(),
                                  [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (!legal) {
    error("/" + field, "bad_value",
          fmt::format("{} is a text of 1 to {} bytes without control characters", field, most));
    return std::nullopt;
  }
  return *value;
}

void Body::error(std::string pointer, std::string code, std::string detail) {
  errors_.push_back({std::move(pointer), std::move(code), std::move(detail)});
}

}  // namespace epicura
