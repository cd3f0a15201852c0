#include "schema/totp.hpp"

#include <stdexcept>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "schema/base32.hpp"
#include "schema/random_bytes.hpp"

namespace epicura {

namespace {

constexpr std::size_t secret_bytes = 20;
constexpr std::size_t digits = 6;
constexpr std::uint32_t codes = 1'000'000;
constexpr std::size_t max_typed_bytes = 32;

// All but what RFC 3986, section 2.3 leaves as it is.
std::string percent_encoded(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool unreserved = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
                            c == '.' || c == '_' || c == '~';
    if (unreserved) {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<std::uint8_t>(c));
    }
  }
  return encoded;
}

std::optional<std::string> digits_of(std::string_view typed) {
  if (typed.size() > max_typed_bytes) return std::nullopt;
  std::string found;
  for (const char c : typed) {
    if (c == ' ') continue;
    if (c < '0' || c > '9') return std::nullopt;
    found += c;
  }
  return found.size() == digits ? std::optional(found) : std::nullopt;
}

}  // namespace

std::string make_totp_secret() {
  return random_bytes(secret_bytes);
}

std::string totp_uri(std::string_view secret, std::string_view email) {
  return fmt::format("otpauth://totp/Epicura:{}?secret={}&issuer=Epicura&algorithm=SHA1&digits={}&period={}",
                     percent_encoded(email), base32(secret), digits, totp_step.count());
}

std::string totp_code(std::string_view secret, std::int64_t step) {
  unsigned char counter[8];
  for (int i = 0; i < 8; ++i) counter[i] = static_cast<unsigned char>(static_cast<std::uint64_t>(step) >> (56 - 8 * i));
  unsigned char hash[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (!HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), counter, sizeof counter, hash, &size))
    throw std::runtime_error("OpenSSL cannot make an HMAC-SHA1");
  const unsigned char* chosen = hash + (hash[size - 1] & 15);
  const std::uint32_t number = static_cast<std::uint32_t>(chosen[0] & 127) << 24 |
                               static_cast<std::uint32_t>(chosen[1]) << 16 |
                               static_cast<std::uint32_t>(chosen[2]) << 8 | chosen[3];
  return fmt::format("{:06}", number % codes);
}

std::optional<std::int64_t> verify_totp(std::string_view secret, std::string_view typed, Timestamp now,
                                        std::int64_t last_used) {
  const auto given = digits_of(typed);
  if (!given) return std::nullopt;
  const std::int64_t current = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch() / totp_step;
  // The last of them that has this code: had an earlier one been told, the same digits would count once more.
  std::optional<std::int64_t> matched;
  for (std::int64_t step = current - 1; step <= current + 1; ++step) {
    if (CRYPTO_memcmp(totp_code(secret, step).data(), given->data(), digits) == 0) matched = step;
  }
  return matched && *matched > last_used ? matched : std::nullopt;
}

}  // namespace epicura
