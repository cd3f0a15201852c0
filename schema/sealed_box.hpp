#pragma once
// Small secrets at rest, such as a user's TOTP secret in PostgreSQL: who reads the database cannot read them, and who
// writes it cannot give one user's to another. A box is
//   format, 1 byte: 1 | nonce, 24 random | XChaCha20-Poly1305 of the text, 16 bytes longer than it is
// (draft-irtf-cfrg-xchacha-03, libsodium's crypto_aead_xchacha20poly1305_ietf), bound to the format and to its owner's
// id. Its key is BLAKE2b-256("epicura sealed box 1" | the setting's text).

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/signing_keys.hpp"
#include "schema/uuid.hpp"

namespace epicura {

// Of the settings mfa_secret and mfa_secret_previous. Any thread.
class SealedBox {
 public:
  // Throws std::runtime_error where libsodium cannot be initialized.
  explicit SealedBox(const SigningKeys& keys);
  std::string seal(std::string_view text, const Uuid& owner) const;  // with the current key; another one each time
  // Absent: sealed with neither key, for another owner, changed, or no box.
  std::optional<std::string> open(std::string_view box, const Uuid& owner) const;

 private:
  using Key = std::array<unsigned char, 32>;
  std::vector<Key> keys_;  // the current one first
};

}  // namespace epicura
