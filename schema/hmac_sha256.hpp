#pragma once
// HMAC-SHA256 (RFC 2104) over OpenSSL.

#include <array>
#include <string>
#include <string_view>

namespace epicura {

// Throws std::runtime_error where OpenSSL has no such algorithm (a provider configuration without it). Any thread; each
// keeps the schedule of the key that it used last, which is most of the work for a short text.
std::array<char, 32> hmac_sha256(std::string_view key, std::string_view text);

// The code (32 bytes) of label and bytes, one behind the other: where one key has several uses, labels of which none
// begins another keep them apart.
std::string labelled_hmac(std::string_view key, std::string_view label, std::string_view bytes);

}  // namespace epicura
