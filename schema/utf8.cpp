#include "schema/utf8.hpp"

namespace epicura {

std::optional<char32_t> take_code_point(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text.front());
  std::size_t length = 1;
  char32_t point = lead;
  if (lead >= 0xc2 && lead <= 0xdf) {
    length = 2;
    point = lead & 0x1fU;
  } else if ((lead & 0xf0U) == 0xe0) {
    length = 3;
    point = lead & 0x0fU;
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    length = 4;
    point = lead & 0x07U;
  } else if (lead >= 0x80) {
    return std::nullopt;
  }
  if (length > text.size()) return std::nullopt;
  for (std::size_t k = 1; k < length; ++k) {
    const auto next = static_cast<unsigned char>(text[k]);
    if ((next & 0xc0U) != 0x80) return std::nullopt;
    point = (point << 6U) | (next & 0x3fU);
  }
  if ((length == 3 && point < 0x800) || (length == 4 && point < 0x10000)) return std::nullopt;
  if ((point >= 0xd800 && point <= 0xdfff) || point > 0x10ffff) return std::nullopt;
  text.remove_prefix(length);
  return point;
}

bool is_utf8(std::string_view text) {
  return count_code_points(text).has_value();
}

std::optional<std::size_t> count_code_points(std::string_view text) {
  std::size_t count = 0;
  for (; !text.empty(); ++count) {
    if (!take_code_point(text)) return std::nullopt;
  }
  return count;
}

}  // namespace epicura
