#include "schema/api_key.hpp"

#include <algorithm>

#include <openssl/crypto.h>

#include "schema/base64.hpp"
#include "schema/hmac_sha256.hpp"
#include "schema/random_bytes.hpp"

namespace epicura {

namespace {

constexpr std::size_t id_bytes = 16;
constexpr std::size_t nonce_bytes = 32;
constexpr std::size_t proof_bytes = 16;
constexpr std::size_t proved_bytes = id_bytes + nonce_bytes;
constexpr std::size_t text_length = ApiKeys::prefix.size() + 86;  // 64 bytes, six bits a letter

// The labels keep the two uses of the key apart: neither text can be the other's.
std::string proof_of(const std::string& key, std::string_view id_and_random) {
  return labelled_hmac(key, "api-key", id_and_random).substr(0, proof_bytes);
}

std::string hash_of(const std::string& key, std::string_view token) {
  return labelled_hmac(key, "stored", token);
}

}  // namespace

ApiKeys::ApiKeys(SigningKeys keys) : keys_(std::move(keys)) {}

ApiKeys::Issued ApiKeys::issue(const Uuid& id) const {
  std::string token(id.bytes.begin(), id.bytes.end());
  token += random_bytes(nonce_bytes);
  token += proof_of(keys_.current, token);
  return {std::string(prefix) + base64url(token), hash_of(keys_.current, token)};
}

std::optional<ApiKey> ApiKeys::read(std::string_view text) const {
  if (text.size() != text_length || !text.starts_with(prefix)) return std::nullopt;
  const auto token = from_base64url(text.substr(prefix.size()));
  if (!token) return std::nullopt;
  const auto proved = std::string_view(*token).substr(0, proved_bytes);
  for (const auto* key : {&keys_.current, &keys_.previous}) {
    if (key->empty()) continue;
    if (CRYPTO_memcmp(token->data() + proved_bytes, proof_of(*key, proved).data(), proof_bytes) != 0) continue;
    ApiKey read{{}, hash_of(*key, *token)};
    std::copy_n(token->begin(), id_bytes, read.id.bytes.begin());
    return read;
  }
  return std::nullopt;
}

}  // namespace epicura
