#include "schema/device_token.hpp"

#include <charconv>

#include <openssl/crypto.h>

#include "schema/base64.hpp"
#include "schema/hmac_sha256.hpp"

namespace epicura {
namespace {

constexpr std::string_view prefix = "epd1.";
constexpr std::size_t id_length = 36;
constexpr std::size_t longest = prefix.size() + id_length + 1 + 10 + 1 + 43;  // generation: 10 digits; proof: 32 bytes

}  // namespace

std::string make_device_token(std::string_view key, const DeviceToken& token) {
  std::string text(prefix);
  text += token.device_id.str();
  text += '.';
  text += std::to_string(token.generation);
  const auto proof = hmac_sha256(key, text);
  text += '.';
  text += base64url({proof.data(), proof.size()});
  return text;
}

std::optional<DeviceToken> verify_device_token(std::string_view key, std::string_view text) {
  if (text.size() > longest || !text.starts_with(prefix)) return std::nullopt;
  std::string_view rest = text.substr(prefix.size());
  if (rest.size() <= id_length || rest[id_length] != '.') return std::nullopt;
  const auto id = Uuid::parse(rest.substr(0, id_length));
  if (!id) return std::nullopt;
  rest.remove_prefix(id_length + 1);
  DeviceToken token{*id, 0};
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), token.generation);
  if (error != std::errc{} || token.generation == 0) return std::nullopt;
  // Made anew and compared as a whole: whatever is not spelled as we spell it (upper case, leading zeros) is not ours.
  const std::string genuine = make_device_token(key, token);
  if (genuine.size() != text.size() || CRYPTO_memcmp(genuine.data(), text.data(), text.size()) != 0)
    return std::nullopt;
  return token;
}

}  // namespace epicura
