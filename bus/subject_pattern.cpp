#include "bus/subject_pattern.hpp"

#include <string>

#include "bus/subjects.hpp"

namespace epicura::bus {
namespace {

std::string_view take_level(std::string_view& rest) {
  const auto dot = rest.find('.');
  const auto level = rest.substr(0, dot);
  rest = dot == std::string_view::npos ? std::string_view{} : rest.substr(dot + 1);
  return level;
}

}  // namespace

bool is_pattern(std::string_view pattern) {
  std::string plain;
  std::string_view rest = pattern;
  while (!rest.empty()) {
    const auto level = take_level(rest);
    if (level == ">" && !rest.empty()) return false;
    plain.append(plain.empty() ? "" : ".").append(level == "*" || level == ">" ? "x" : level);
  }
  return plain.size() == pattern.size() && is_publishable(plain);
}

bool matches(std::string_view pattern, std::string_view subject) {
  while (!pattern.empty() && !subject.empty()) {
    const auto wanted = take_level(pattern);
    if (wanted == ">") return true;
    if (const auto level = take_level(subject); wanted != "*" && wanted != level) return false;
  }
  return pattern.empty() && subject.empty();
}

bool overlap(std::string_view one, std::string_view other) {
  while (!one.empty() && !other.empty()) {
    const auto a = take_level(one);
    const auto b = take_level(other);
    if (a == ">" || b == ">") return true;
    if (a != "*" && b != "*" && a != b) return false;
  }
  return one.empty() && other.empty();
}

}  // namespace epicura::bus
