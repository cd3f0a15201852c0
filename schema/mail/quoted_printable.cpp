#include "schema/mail/quoted_printable.hpp"

#include <fmt/format.h>

namespace epicura::mail {

std::string quoted_printable(std::string_view text) {
  constexpr std::size_t longest_line = 75;  // and the `=` of one that goes on
  std::string out;
  std::size_t line = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') {
      out += "\r\n";
      line = 0;
      continue;
    }
    const bool ends_line = i + 1 == text.size() || text[i + 1] == '\n';
    const auto encoded = [&] {
      if (c == ' ') return ends_line;  // or it would be lost on the way
      // A line that is only a dot ends a mail in SMTP.
      return c < ' ' || c > '~' || c == '=' || (c == '.' && (line == 0 || line + 1 > longest_line));
    }();
    const std::string piece = encoded ? fmt::format("={:02X}", static_cast<unsigned char>(c)) : std::string(1, c);
    if (line + piece.size() > longest_line) {
      out += "=\r\n";
      line = 0;
    }
    out += piece;
    line += piece.size();
  }
  return out;
}

}  // namespace epicura::mail
