#pragma once
// RFC 4648 base32, capitals, without padding: how authenticator apps want a secret.

#include <string>
#include <string_view>

namespace epicura {

std::string base32(std::string_view bytes);

}  // namespace epicura
