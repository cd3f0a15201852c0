#pragma once
// Access tokens of people: JWT, HS256 only, `typ: at+jwt` (RFC 9068). Written here over OpenSSL's HMAC: libjwt 1.10
// takes the algorithm from the token and refuses every type but "JWT".

#include <optional>
#include <string>
#include <string_view>

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
};

// Signs and verifies with one key. `issuer` and `audience` must be equal on both sides. Any thread.
class AccessTokens {
 public:
  AccessTokens(std::string key, std::string issuer, std::string audience);
  std::string sign(const AccessToken& token) const;
  // Absent: not ours, not HS256, too long (4 KiB), expired, not yet valid (30 s of leeway), wrong issuer or audience.
  std::optional<AccessToken> verify(std::string_view text, Timestamp now) const;

 private:
  std::string key_, key_id_, issuer_, audience_;
};

}  // namespace epicura
