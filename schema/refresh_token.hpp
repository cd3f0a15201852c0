#pragma once
// Refresh tokens: opaque to clients, each of one family (all that came of one log-in). A token carries its own proof,
// so that an old token of a family is told from junk without a row for each:
//   base64url(family, 16 bytes | random, 32 | the first 16 of HMAC-SHA256(key, "refresh" | family | random))
// Which token of its family is the current one, and whether the family has ended, is the database's to say.

#include <optional>
#include <string>
#include <string_view>

#include "schema/uuid.hpp"

namespace epicura {

struct RefreshToken {
  Uuid family;
  std::string hash;  // 32 bytes, HMAC-SHA256(key, "stored" | all 64 bytes of the token): what the database keeps
};

// Makes and reads them with one key, the setting jwt_refresh_secret. Any thread.
class RefreshTokens {
 public:
  struct Issued {
    std::string text;
    std::string hash;
  };

  explicit RefreshTokens(std::string key);
  // Throws std::runtime_error where OpenSSL has no randomness to give.
  Issued issue(const Uuid& family) const;
  // Absent: not ours. A token has one text: no padding, no white space, no other letters, no spare bits.
  std::optional<RefreshToken> read(std::string_view text) const;

 private:
  std::string proof_of(std::string_view family_and_random) const;
  std::string hash_of(std::string_view token) const;

  std::string key_;
};

}  // namespace epicura
