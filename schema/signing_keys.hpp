#pragma once
// A key that signs or seals, and the one before it. While a key is being replaced there are two: what was made with the
// old one lives on until it expires or is made anew.

#include <string>
#include <string_view>

namespace epicura {

struct SigningKeys {
  std::string current;        // a setting such as jwt_secret
  std::string previous = {};  // only verifies and opens; such as jwt_secret_previous; empty: there is none
};

// An access token's `kid`: 16 hexadecimal digits that follow from the key and do not tell it.
std::string key_id_of(std::string_view key);

}  // namespace epicura
