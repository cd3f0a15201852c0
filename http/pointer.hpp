#pragma once
// JSON pointers (RFC 6901).

#include <string>
#include <string_view>

namespace epicura::http {

// One step into an object: "/" and the name, in which '~' and '/' are escaped.
inline std::string pointer_step(std::string_view name) {
  std::string step = "/";
  for (const char c : name) {
    if (c == '~') {
      step += "~0";
    } else if (c == '/') {
      step += "~1";
    } else {
      step += c;
    }
  }
  return step;
}

}  // namespace epicura::http
