#pragma once
// API keys: what a program of a person signs in with, opaque to it. A key names its row in the database and carries its
// own proof, so that junk is refused without a look there:
//   "epk_" base64url(id, 16 bytes | random, 32 | the first 16 of HMAC-SHA256(key, "api-key" | id | random))
// What it may, until when, and whether it was revoked is the database's to say. The four letters in front are for
// programs that look for secrets in texts.

#include <optional>
#include <string>
#include <string_view>

#include "schema/signing_keys.hpp"
#include "schema/uuid.hpp"

namespace epicura {

struct ApiKey {
  Uuid id;
  std::string hash;  // 32 bytes, HMAC-SHA256(key, "stored" | all 64 bytes): what the database keeps
};

// Makes and reads them with the settings api_key_secret and api_key_secret_previous. Any thread.
class ApiKeys {
 public:
  static constexpr std::string_view prefix = "epk_";

  struct Issued {
    std::string text;  // 90 letters
    std::string hash;
  };

  explicit ApiKeys(SigningKeys keys);
  // With the current key. Throws std::runtime_error where OpenSSL has no randomness to give.
  Issued issue(const Uuid& id) const;
  // Absent: not ours. A key has one text: no padding, no white space, no other letters, no spare bits. Its hash is by
  // the key that it was made with.
  std::optional<ApiKey> read(std::string_view text) const;

 private:
  SigningKeys keys_;
};

}  // namespace epicura
