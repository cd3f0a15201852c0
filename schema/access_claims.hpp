#pragma once
// The claims of an access token, as JSON: what stands between its two dots.

#include <optional>
#include <string>
#include <string_view>

#include "schema/access_token.hpp"

namespace epicura {

std::string write_claims(const AccessToken& token, std::string_view issuer, std::string_view audience);

// For text whose proof has been checked. Absent: another issuer or audience, expired, not yet valid (30 s of leeway),
// or a claim of the wrong type. A claim that is not there is an absent or empty value; the subject and the role must be
// there.
std::optional<AccessToken> read_claims(std::string_view json, std::string_view issuer, std::string_view audience,
                                       Timestamp now);

}  // namespace epicura
