#pragma once
// HMAC-SHA256 (RFC 2104) over OpenSSL.

#include <array>
#include <string_view>

namespace epicura {

// Throws std::runtime_error where OpenSSL has no such algorithm (a provider configuration without it). Any thread; each
// keeps the schedule of the key that it used last, which is most of the work for a short text.
std::array<char, 32> hmac_sha256(std::string_view key, std::string_view text);

}  // namespace epicura
