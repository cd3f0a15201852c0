#pragma once
// A metric's name: 1 to 4 levels of [A-Za-z0-9_-]{1,64}, joined by '.' (by '/' in topics).

#include <string_view>

namespace epicura {

bool is_level(std::string_view level);       // one level, legal in topics and subjects alike
bool is_metric_name(std::string_view name);  // joined by '.'

}  // namespace epicura
