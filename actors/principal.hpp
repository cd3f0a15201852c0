#pragma once
// Who is asking: nobody, a person with an access token, or a device with its own token.

#include <cstdint>
#include <string_view>
#include <variant>

#include "schema/access_token.hpp"
#include "schema/device_token.hpp"

namespace epicura {

using Principal = std::variant<std::monostate, AccessToken, DeviceToken>;

// From an Authorization header ("Bearer ..."). Nobody where there is none; absent where there is one that is not valid.
std::optional<Principal> principal_of(std::string_view authorization, const AccessTokens& access_tokens,
                                      std::string_view device_token_key, Timestamp now);

inline const DeviceToken* as_device(const Principal& who) {
  return std::get_if<DeviceToken>(&who);
}
inline bool is_admin(const Principal& who) {
  const auto* person = std::get_if<AccessToken>(&who);
  return person && person->role == Role::admin;
}

// As the log names them: nobody, user, admin or device, and whose id; empty: nobody's.
std::string_view kind_of(const Principal& who);
std::string id_of(const Principal& who);

}  // namespace epicura
