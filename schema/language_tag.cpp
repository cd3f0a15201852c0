#include "schema/language_tag.hpp"

#include <algorithm>

#include "schema/ascii.hpp"

namespace epicura {

namespace {

bool are_letters(std::string_view part) {
  return std::all_of(part.begin(), part.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}
bool are_digits(std::string_view part) {
  return std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
}
char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

}  // namespace

std::optional<std::string> parse_language_tag(std::string_view text) {
  enum class Next { language, script, region, nothing };
  constexpr std::size_t longest = 12;  // zho-Hant-419
  if (text.size() > longest) return std::nullopt;
  std::string tag = ascii_lower(text);
  auto next = Next::language;
  for (std::size_t at = 0;;) {
    const auto end = std::min(tag.find('-', at), tag.size());
    const auto part = std::string_view(tag).substr(at, end - at);
    const bool letters = are_letters(part);
    if (next == Next::language && letters && (part.size() == 2 || part.size() == 3)) {
      next = Next::script;
    } else if (next == Next::script && letters && part.size() == 4) {
      tag[at] = upper(tag[at]);
      next = Next::region;
    } else if ((next == Next::script || next == Next::region) &&
               ((letters && part.size() == 2) || (are_digits(part) && part.size() == 3))) {
      std::transform(tag.begin() + static_cast<std::ptrdiff_t>(at), tag.begin() + static_cast<std::ptrdiff_t>(end),
                     tag.begin() + static_cast<std::ptrdiff_t>(at), upper);
      next = Next::nothing;
    } else {
      return std::nullopt;
    }
    if (end == tag.size()) return tag;
    at = end + 1;
  }
}

}  // namespace epicura
