#pragma once

#include <string>
#include <string_view>

namespace epicura {

// A to Z become a to z, and every other byte stays, in whatever locale: as PostgreSQL's lower(... collate "C").
inline std::string ascii_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace epicura
