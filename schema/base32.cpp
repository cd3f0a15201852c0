#include "schema/base32.hpp"

#include <cstdint>

namespace epicura {

std::string base32(std::string_view bytes) {
  static constexpr char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string text;
  text.reserve((bytes.size() * 8 + 4) / 5);
  std::uint32_t bits = 0;
  int held = 0;  // bits that have not been written yet
  for (const char byte : bytes) {
    bits = bits << 8 | static_cast<std::uint8_t>(byte);
    for (held += 8; held >= 5;) {
      held -= 5;
      text += letters[bits >> held & 31];
    }
  }
  if (held > 0) text += letters[bits << (5 - held) & 31];
  return text;
}

}  // namespace epicura
