#include "schema/refresh_token.hpp"

#include <algorithm>

#include <openssl/crypto.h>

#include "schema/base64.hpp"
#include "schema/hmac_sha256.hpp"
#include "schema/random_bytes.hpp"

namespace epicura {

namespace {

constexpr std::size_t family_bytes = 16;
constexpr std::size_t nonce_bytes = 32;
constexpr std::size_t proof_bytes = 16;
constexpr std::size_t proved_bytes = family_bytes + nonce_bytes;
constexpr std::size_t text_length = 86;  // 64 bytes, six bits a letter

}  // namespace

RefreshTokens::RefreshTokens(std::string key) : key_(std::move(key)) {}

std::string RefreshTokens::proof_of(std::string_view family_and_random) const {
  return labelled_hmac(key_, "refresh", family_and_random).substr(0, proof_bytes);
}

std::string RefreshTokens::hash_of(std::string_view token) const {
  return labelled_hmac(key_, "stored", token);
}

RefreshTokens::Issued RefreshTokens::issue(const Uuid& family) const {
  std::string token(family.bytes.begin(), family.bytes.end());
  token += random_bytes(nonce_bytes);
  token += proof_of(token);
  return {base64url(token), hash_of(token)};
}

std::optional<RefreshToken> RefreshTokens::read(std::string_view text) const {
  if (text.size() != text_length) return std::nullopt;
  const auto token = from_base64url(text);
  if (!token) return std::nullopt;
  const auto genuine = proof_of(std::string_view(*token).substr(0, proved_bytes));
  if (CRYPTO_memcmp(token->data() + proved_bytes, genuine.data(), proof_bytes) != 0) return std::nullopt;
  RefreshToken read{{}, hash_of(*token)};
  std::copy_n(token->begin(), family_bytes, read.family.bytes.begin());
  return read;
}

}  // namespace epicura
