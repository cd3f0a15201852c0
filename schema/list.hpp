#pragma once
// Comma-separated lists, as in settings and header fields.

#include <string_view>

namespace epicura {

// Without the blanks around it.
inline std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// take(item) for each of "a, b" in turn; items are trimmed views into the list, empty ones are left out.
template <class Take>
void for_items(std::string_view list, Take&& take) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    if (const auto item = trimmed(list.substr(0, comma)); !item.empty()) take(item);
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
}

}  // namespace epicura
