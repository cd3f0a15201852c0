#pragma once
// One-time codes of authenticator apps: TOTP (RFC 6238) over HMAC-SHA1, six digits, steps of 30 s since 1970. Any
// thread.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "schema/time.hpp"

namespace epicura {

constexpr std::chrono::seconds totp_step{30};
constexpr std::int64_t no_totp_step = -1;  // before the first code was used

// 20 random bytes, as long as the hash (RFC 4226, section 4, R6). Throws std::runtime_error where OpenSSL has no
// randomness to give.
std::string make_totp_secret();

// What an app reads from a QR code: otpauth://totp/Epicura:<email>?secret=<base32>&issuer=Epicura&...
// (https://github.com/google/google-authenticator/wiki/Key-Uri-Format). `email`: as parse_email takes it.
std::string totp_uri(std::string_view secret, std::string_view email);

// The code of one step, its number counted from 1970: six digits (RFC 4226, section 5.3). Throws std::runtime_error
// where OpenSSL has no HMAC-SHA1.
std::string totp_code(std::string_view secret, std::int64_t step);

// The step whose code was typed: the one of `now`, the one before or the one after (RFC 6238, section 5.2). Absent
// where none is, and where it is not after `last_used`: a code counts once. Keep the step by a compare-and-set on
// `last_used`, or two requests at once take one code twice. Spaces in `typed` are passed over ("123 456"). Compares in
// constant time. Six digits are soon guessed: bound how often an account is asked.
std::optional<std::int64_t> verify_totp(std::string_view secret, std::string_view typed, Timestamp now,
                                        std::int64_t last_used);

}  // namespace epicura
