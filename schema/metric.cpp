#include "schema/metric.hpp"

namespace epicura {

bool is_level(std::string_view level) {
  if (level.empty() || level.size() > 64) return false;
  for (const char c : level) {
    const bool legal =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    if (!legal) return false;
  }
  return true;
}

bool is_metric_name(std::string_view name) {
  for (int levels = 1; levels <= 4; ++levels) {
    const auto dot = name.find('.');
    if (!is_level(name.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
  return false;
}

}  // namespace epicura
