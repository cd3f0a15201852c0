#pragma once
// Recovery codes: what signs a person in once who has lost the phone. Shown when they are made, and kept as hashes
// only. A code is 50 random bits in Crockford's base32 (https://www.crockford.com/base32.html), which has no letter i,
// l, o or u: "4hx7k-p0m2d". It is read in any case, with o for 0 and i or l for 1; dashes and spaces are passed over.
// Any thread.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "schema/signing_keys.hpp"

namespace epicura {

constexpr std::size_t recovery_codes_of_user = 10;

struct RecoveryCode {
  std::string text;  // "xxxxx-xxxxx", lower-case
  std::string hash;  // 32 bytes, HMAC-SHA256(key, "recovery-code" | the ten letters): what the database keeps
};

// Of the settings mfa_secret and mfa_secret_previous. The hashes are keyed, because 50 bits alone can be searched.
class RecoveryCodes {
 public:
  explicit RecoveryCodes(SigningKeys keys);
  // Throws std::runtime_error where OpenSSL has no randomness to give.
  std::vector<RecoveryCode> make(std::size_t count) const;
  // Under which hashes a typed code may be kept: by the current key, and by the previous one where there is one.
  // Empty: it is no code.
  std::vector<std::string> hashes_of(std::string_view typed) const;

 private:
  SigningKeys keys_;
};

}  // namespace epicura
