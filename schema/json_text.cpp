#include "schema/json_text.hpp"

#include "schema/bounded_json.hpp"

namespace epicura {

void append_json_string(std::string& out, std::string_view text) {
  const auto needs_care = [](unsigned char c) { return c < 0x20 || c == '"' || c == '\\' || c >= 0x7f; };
  std::size_t plain = 0;
  while (plain < text.size() && !needs_care(static_cast<unsigned char>(text[plain]))) ++plain;
  if (plain == text.size()) {
    out += '"';
    out += text;
    out += '"';
  } else {
    for (const char c : dump_json(Json(text))) {
      c == '\x7f' ? out += "\\u007f" : out += c;
    }
  }
}

}  // namespace epicura
