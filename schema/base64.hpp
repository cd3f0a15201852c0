#pragma once
// RFC 4648: base64 with padding, and base64url without.

#include <optional>
#include <string>
#include <string_view>

namespace epicura {

std::string base64(std::string_view bytes);
std::string base64url(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);  // absent: not exactly what base64() writes
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace epicura
