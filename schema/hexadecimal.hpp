#pragma once
// RFC 4648, section 8, in lower case.

#include <optional>
#include <string>
#include <string_view>

namespace epicura {

std::string hexadecimal(std::string_view bytes);
std::optional<std::string> from_hexadecimal(std::string_view text);  // in any case; absent: not pairs of its digits

}  // namespace epicura
