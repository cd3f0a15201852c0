#pragma once
// Access tokens of people: JWT, HS256 only, `typ: at+jwt` (RFC 9068). Written here over OpenSSL's HMAC: libjwt 1.10
// takes the algorithm from the token and refuses every type but "JWT".

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "schema/signing_keys.hpp"
#include "schema/time.hpp"
#include "schema/uuid.hpp"

namespace epicura {

enum class Role { user, admin };
std::string_view name(Role role);

struct AccessToken {
  Uuid subject;
  Role role = Role::user;
  std::string email;
  Timestamp issued_at;
  Timestamp expires_at;
  std::optional<Uuid> family = {};                 // `sid`: the log-in it came of; an operator's token has none
  std::optional<Timestamp> authenticated_at = {};  // `auth_time`: when the password was last proved; to the second
  bool second_factor = false;                      // `amr` has "otp": signed in with a code as well
};

// Signs with the current key and verifies with each. `issuer` and `audience` must be equal on both sides. Any thread.
class AccessTokens {
 public:
  static constexpr std::size_t max_remembered = 4096;  // tokens of 4 KiB at most: 16 MiB

  AccessTokens(const SigningKeys& keys, std::string issuer, std::string audience);
  std::string sign(const AccessToken& token) const;
  // Absent: not ours, too long (4 KiB), expired, not yet valid (30 s of leeway), wrong issuer or audience.
  // A client shows the same token with every request: that its text is genuine is remembered. When it expires is looked
  // at each time; whatever ends a token before its time is to be asked beside this.
  std::optional<AccessToken> verify(std::string_view text, Timestamp now) const;

 private:
  // The head is fixed by the key: algorithm, type and key id, in base64url, with the dot behind it.
  struct Key {
    explicit Key(std::string given);
    std::string secret;
    std::string head;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  std::optional<AccessToken> verify_anew(std::string_view text, Timestamp now) const;

  std::vector<Key> keys_;  // the current one first
  const std::string issuer_, audience_;
  mutable std::mutex mutex_;
  mutable std::unordered_map<std::string, AccessToken, Hash, std::equal_to<>> genuine_;
};

}  // namespace epicura
