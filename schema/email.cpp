#include "schema/email.hpp"

#include <algorithm>
#include <utility>

#include "schema/utf8.hpp"

namespace epicura {
namespace {

constexpr std::size_t max_email_bytes = 254, max_local_bytes = 64, max_label_bytes = 63;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Bytes beyond ASCII: what they make together, has_only_visible looks at.
bool is_letter_or_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}

bool is_local_byte(char c) {
  return is_letter_or_digit(c) || std::string_view(".!#$%&'*+/=?^_`{|}~-").find(c) != std::string_view::npos;
}

bool is_label_byte(char c) {
  return is_letter_or_digit(c) || c == '-';
}

// Valid UTF-8, and nothing beyond ASCII that is a control, a space, invisible, or ASCII in another width.
bool has_only_visible(std::string_view text) {
  static constexpr std::pair<char32_t, char32_t> refused[] = {
      {0x80, 0xa0},         // controls, no-break space
      {0xad, 0xad},         // soft hyphen
      {0x34f, 0x34f},       // grapheme joiner
      {0x61c, 0x61c},       // Arabic letter mark
      {0x115f, 0x1160},     // Hangul fillers
      {0x1680, 0x1680},     // Ogham space
      {0x180e, 0x180e},     // Mongolian vowel separator
      {0x2000, 0x200f},     // spaces, zero-width, directions
      {0x2028, 0x202f},     // separators, directions, narrow space
      {0x205f, 0x206f},     // spaces, invisible operators, directions
      {0x3000, 0x3002},     // ideographic space, comma and full stop
      {0x3164, 0x3164},     // Hangul filler
      {0xe000, 0xf8ff},     // private use
      {0xfdd0, 0xfdef},     // no characters
      {0xfe00, 0xfe0f},     // variation selectors
      {0xfeff, 0xfeff},     // byte-order mark
      {0xff00, 0xff64},     // full-width ASCII, half-width punctuation
      {0xffa0, 0xffa0},     // Hangul filler
      {0xfff0, 0xffff},     // specials
      {0xe0000, 0x10ffff},  // tags, selectors, private use
  };
  while (!text.empty()) {
    const auto point = take_code_point(text);
    if (!point) return false;
    const auto holds = [&](const auto& range) { return *point >= range.first && *point <= range.second; };
    if (std::any_of(std::begin(refused), std::end(refused), holds)) return false;
  }
  return true;
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= max_label_bytes && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(), is_label_byte);
}

bool is_domain(std::string_view domain) {
  for (int labels = 1;; ++labels) {
    const auto dot = domain.find('.');
    const auto label = domain.substr(0, dot);
    if (!is_label(label)) return false;
    if (dot == std::string_view::npos) return labels >= 2 && !std::all_of(label.begin(), label.end(), is_digit);
    domain.remove_prefix(dot + 1);
  }
}

}  // namespace

std::optional<std::string> parse_email(std::string_view text) {
  if (text.size() > max_email_bytes) return std::nullopt;
  const auto at = text.find('@');  // a second one is in no label
  if (at == std::string_view::npos || at == 0 || at > max_local_bytes) return std::nullopt;
  const auto local = text.substr(0, at);
  if (!std::all_of(local.begin(), local.end(), is_local_byte)) return std::nullopt;
  if (!is_domain(text.substr(at + 1)) || !has_only_visible(text)) return std::nullopt;
  return std::string(text);
}

std::string name_of_email(std::string_view email) {
  return std::string(email.substr(0, email.find('@')));
}

}  // namespace epicura
