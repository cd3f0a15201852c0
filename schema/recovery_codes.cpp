#include "schema/recovery_codes.hpp"

#include <optional>

#include "schema/ascii.hpp"
#include "schema/hmac_sha256.hpp"
#include "schema/random_bytes.hpp"

namespace epicura {

namespace {

constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t letters_of_code = 10;  // of five bits each
constexpr std::size_t letters_of_group = 5;
constexpr std::size_t max_typed_bytes = 64;

std::string hash_of(const std::string& key, const std::string& letters) {
  const auto hash = hmac_sha256(key, "recovery-code" + letters);
  return {hash.data(), hash.size()};
}

// Absent: no code.
std::optional<std::string> letters_of(std::string_view typed) {
  if (typed.size() > max_typed_bytes) return std::nullopt;
  std::string letters;
  for (char c : ascii_lower(typed)) {
    if (c == '-' || c == ' ') continue;
    if (c == 'o') c = '0';
    if (c == 'i' || c == 'l') c = '1';
    if (alphabet.find(c) == std::string_view::npos) return std::nullopt;
    letters += c;
  }
  return letters.size() == letters_of_code ? std::optional(letters) : std::nullopt;
}

}  // namespace

RecoveryCodes::RecoveryCodes(SigningKeys keys) : keys_(std::move(keys)) {}

std::vector<RecoveryCode> RecoveryCodes::make(std::size_t count) const {
  std::vector<RecoveryCode> made;
  for (std::size_t i = 0; i < count; ++i) {
    std::string letters;
    for (const char byte : random_bytes(letters_of_code))
      letters += alphabet[static_cast<unsigned char>(byte) % alphabet.size()];
    const auto hash = hash_of(keys_.current, letters);
    made.push_back({letters.insert(letters_of_group, "-"), hash});
  }
  return made;
}

std::vector<std::string> RecoveryCodes::hashes_of(std::string_view typed) const {
  const auto letters = letters_of(typed);
  if (!letters) return {};
  std::vector<std::string> hashes{hash_of(keys_.current, *letters)};
  if (!keys_.previous.empty()) hashes.push_back(hash_of(keys_.previous, *letters));
  return hashes;
}

}  // namespace epicura
