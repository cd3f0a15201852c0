#include "schema/mail/greeting_name.hpp"

#include "schema/utf8.hpp"

namespace epicura::mail {

namespace {

constexpr std::size_t most_characters = 60;

// Controls, marks and overrides of direction, separators of lines, tags. What joins emoji may stay.
bool is_dropped(char32_t point) {
  return point < ' ' || (point >= 0x7f && point < 0xa0) || point == 0x61c || point == 0x200e || point == 0x200f ||
         (point >= 0x2028 && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069) || point == 0xfeff ||
         (point >= 0xfff0 && point <= 0xffff) || point >= 0xe0000;
}

// "a.b", "a:b", "a/b", "a@b": a dot at the end of a word, as in "Dr. Who", is none.
bool looks_like_link(std::string_view name) {
  for (std::size_t i = 0; i + 1 < name.size(); ++i) {
    if (std::string_view(".:/@\\").find(name[i]) != std::string_view::npos && name[i + 1] != ' ') return true;
  }
  for (const std::string_view dot :
       {"\u3002", "\uff0e", "\uff61"}) {  // dots of other alphabets: IDNA takes them for one
    if (name.find(dot) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

std::string greeting_name(std::string_view name) {
  std::string out;
  std::size_t characters = 0;
  while (!name.empty()) {
    const auto before = name;
    const auto point = take_code_point(name);
    if (!point) return {};
    if (is_dropped(*point) || (*point == ' ' && (out.empty() || out.back() == ' '))) continue;
    if (++characters > most_characters) {
      out += "\u2026";
      break;
    }
    out += before.substr(0, before.size() - name.size());
  }
  while (out.ends_with(' ')) out.pop_back();
  return looks_like_link(out) ? std::string() : out;
}

}  // namespace epicura::mail
