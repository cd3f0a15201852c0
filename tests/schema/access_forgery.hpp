#pragma once
// Tokens as a forger would make them, who may even have a key: a head and claims of the test's own, proved.

#include <string>

#include "schema/access_token.hpp"
#include "schema/base64.hpp"
#include "schema/hmac_sha256.hpp"

namespace epicura::tests {

inline const std::string key(32, 'k');
inline const std::string old_key(32, 'o');
inline const std::string key_id = "45457145403ce6ee";      // sha256(b"kid" + key).hexdigest()[:16], by python3
inline const std::string old_key_id = "f3e4d4dfc472e050";  // the same of old_key
inline const Timestamp noon = *parse_rfc3339("2026-11-20T12:00:00Z");
inline const std::string issuer = "https://epicura.example";

inline AccessToken admin_token() {
  return {*Uuid::parse("00000000-0000-7000-8000-000000000001"), Role::admin, "ops@example.org", noon,
          noon + std::chrono::minutes{15}};
}

inline std::string head_of(const std::string& kid) {
  return R"({"alg":"HS256","kid":")" + kid + R"(","typ":"at+jwt"})";
}

// Claims that are taken, and `more` of them: `,"name":value`. Where a name comes twice, the later one counts.
inline std::string claims_with(const std::string& more = "") {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(noon.time_since_epoch()).count();
  return R"({"sub":"00000000-0000-7000-8000-000000000001","role":"user","email":"a@example.org","aud":"epicura","iss":")" +
         issuer + R"(","iat":)" + std::to_string(seconds) + R"(,"exp":)" + std::to_string(seconds + 900) + more + "}";
}

inline std::string proved(const std::string& by, const std::string& head, const std::string& claims) {
  const auto text = base64url(head) + "." + base64url(claims);
  const auto proof = hmac_sha256(by, text);
  return text + "." + base64url({proof.data(), proof.size()});
}

}  // namespace epicura::tests
