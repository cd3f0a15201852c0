#include "schema/access_token.hpp"

#include <algorithm>

#include <openssl/crypto.h>

#include "schema/access_claims.hpp"
#include "schema/base64.hpp"
#include "schema/hmac_sha256.hpp"

namespace epicura {

namespace {

constexpr std::size_t max_token_bytes = 4096;

std::string proof_of(const std::string& key, std::string_view text) {
  const auto proof = hmac_sha256(key, text);
  return base64url({proof.data(), proof.size()});
}

}  // namespace

std::string_view name(Role role) {
  return role == Role::admin ? "admin" : "user";
}

AccessTokens::Key::Key(std::string given)
    : secret(std::move(given)),
      head(base64url(R"({"alg":"HS256","kid":")" + key_id_of(secret) + R"(","typ":"at+jwt"})") + ".") {}

AccessTokens::AccessTokens(const SigningKeys& keys, std::string issuer, std::string audience)
    : issuer_(std::move(issuer)), audience_(std::move(audience)) {
  keys_.emplace_back(keys.current);
  if (!keys.previous.empty()) keys_.emplace_back(keys.previous);
}

std::string AccessTokens::sign(const AccessToken& token) const {
  const auto& key = keys_.front();
  auto text = key.head + base64url(write_claims(token, issuer_, audience_));
  text += "." + proof_of(key.secret, text);
  return text;
}

std::optional<AccessToken> AccessTokens::verify(std::string_view text, Timestamp now) const {
  if (text.size() > max_token_bytes) return std::nullopt;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = genuine_.find(text); found != genuine_.end()) {
      if (found->second.expires_at > now) return found->second;
      genuine_.erase(found);
      return std::nullopt;
    }
  }
  auto token = verify_anew(text, now);
  if (token) {
    const std::lock_guard lock(mutex_);
    if (genuine_.size() >= max_remembered) genuine_.clear();  // each is one verification away
    genuine_.emplace(text, *token);
  }
  return token;
}

std::optional<AccessToken> AccessTokens::verify_anew(std::string_view text, Timestamp now) const {
  // Nobody but us writes these tokens, so nothing of a head needs to be parsed: it is one of ours, letter for letter,
  // and says by that under which key to look for the proof. Other algorithms, keys from elsewhere, doubled names: no
  // head of ours.
  const auto key =
      std::find_if(keys_.begin(), keys_.end(), [&](const Key& ours) { return text.starts_with(ours.head); });
  if (key == keys_.end()) return std::nullopt;
  const auto last_dot = text.rfind('.');
  if (last_dot < key->head.size()) return std::nullopt;  // the head's own
  const auto genuine = proof_of(key->secret, text.substr(0, last_dot));
  const auto given = text.substr(last_dot + 1);
  if (given.size() != genuine.size() || CRYPTO_memcmp(given.data(), genuine.data(), genuine.size()) != 0)
    return std::nullopt;

  const auto claims = from_base64url(text.substr(key->head.size(), last_dot - key->head.size()));
  return claims ? read_claims(*claims, issuer_, audience_, now) : std::nullopt;
}

}  // namespace epicura
