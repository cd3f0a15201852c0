#pragma once
// The W3C's trace context, level 1: one header field that follows a request through every service.

#include <string_view>

namespace epicura::http {

// version-traceid-parentid-flags, "00-<32 hex>-<16 hex>-<2 hex>" in lower case, no id all zeros. A later version may
// have more behind a further hyphen.
constexpr bool is_traceparent(std::string_view text) {
  if (text.size() < 55 || (text.size() > 55 && (text.starts_with("00") || text[55] != '-'))) return false;
  for (std::size_t i = 0; i < 55; ++i) {
    const char c = text[i];
    const bool hyphen = i == 2 || i == 35 || i == 52;
    if (hyphen ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
  }
  const auto zeros = [text](std::size_t from, std::size_t length) {
    return text.substr(from, length).find_first_not_of('0') == std::string_view::npos;
  };
  return !text.starts_with("ff") && !zeros(3, 32) && !zeros(36, 16);
}

}  // namespace epicura::http
