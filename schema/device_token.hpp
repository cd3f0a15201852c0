#pragma once
// A device's token: its MQTT password and its bearer token over HTTP. It carries its own proof, so that the broker's
// plugin needs no table:  "epd1.<device id>.<generation>.<base64url of HMAC-SHA256(key, "epd1.<id>.<generation>")>".
// A higher generation replaces the token; the broker accepts each generation that is genuine, the API the current one.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "schema/uuid.hpp"

namespace epicura {

struct DeviceToken {
  Uuid device_id;
  std::uint32_t generation = 1;
};

// `key`: at least 32 bytes, the setting device_token_secret.
std::string make_device_token(std::string_view key, const DeviceToken& token);
std::optional<DeviceToken> verify_device_token(std::string_view key,
                                               std::string_view text);  // compares in constant time

}  // namespace epicura
