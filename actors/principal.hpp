#pragma once
// Who is asking: nobody, a person with an access token, a device with its own token, or a program with an API key.

#include <cstdint>
#include <string_view>
#include <variant>

#include "schema/access_token.hpp"
#include "schema/api_key.hpp"
#include "schema/audit.hpp"
#include "schema/device_token.hpp"
#include "schema/scope.hpp"

namespace epicura {

// An API key acts for its user, within its scopes. Whose it is, and that it may anything at all, is known once
// PostgreSQL was asked.
struct KeyHolder {
  ApiKey key;
  std::optional<Uuid> user = {};
  Scopes scopes = {};
};

using Principal = std::variant<std::monostate, AccessToken, DeviceToken, KeyHolder>;

// From an Authorization header ("Bearer ..."). Nobody where there is none; absent where there is one that is not valid.
std::optional<Principal> principal_of(std::string_view authorization, const AccessTokens& access_tokens,
                                      std::string_view device_token_key, const ApiKeys& api_keys, Timestamp now);

inline const DeviceToken* as_device(const Principal& who) {
  return std::get_if<DeviceToken>(&who);
}
inline const KeyHolder* as_key(const Principal& who) {
  return std::get_if<KeyHolder>(&who);
}
// Not a key of an admin's: a key has no second factor.
inline bool is_admin(const Principal& who) {
  const auto* person = std::get_if<AccessToken>(&who);
  return person && person->role == Role::admin;
}

// Who it is, or acts for. Absent: nobody, a device, or a key that is not known yet.
std::optional<Uuid> user_of(const Principal& who);

// As the log names them: nobody, user, admin, device or api_key, and whose id; empty: nobody's.
std::string_view kind_of(const Principal& who);
std::string id_of(const Principal& who);
// And as the audit log does.
AuditActor audit_actor_of(const Principal& who);
std::optional<Uuid> uuid_of(const Principal& who);

}  // namespace epicura
