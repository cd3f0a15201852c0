#include "schema/hexadecimal.hpp"

#include <sodium.h>

namespace epicura {

std::string hexadecimal(std::string_view bytes) {
  std::string text(2 * bytes.size() + 1, '\0');  // with the zero that sodium ends it with
  sodium_bin2hex(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  text.pop_back();
  return text;
}

std::optional<std::string> from_hexadecimal(std::string_view text) {
  std::string bytes(text.size() / 2, '\0');
  std::size_t size = 0;
  const char* end = nullptr;
  if (sodium_hex2bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(), text.size(), nullptr,
                     &size, &end) != 0 ||
      end != text.data() + text.size())
    return std::nullopt;
  return bytes;
}

}  // namespace epicura
