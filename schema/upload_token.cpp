#include "schema/upload_token.hpp"

#include <algorithm>
#include <utility>

#include <openssl/crypto.h>

#include "schema/base64.hpp"
#include "schema/hmac_sha256.hpp"

namespace epicura {

namespace {

constexpr std::size_t id_bytes = 16;
constexpr std::size_t time_bytes = 8;
constexpr std::size_t length_bytes = 4;
constexpr std::size_t proved_bytes = id_bytes + time_bytes + length_bytes + 1;
constexpr std::size_t proof_bytes = 16;
constexpr std::size_t text_length = 60;  // 45 bytes, six bits a letter

std::string proof_of(const std::string& key, std::string_view proved) {
  std::string text = "upload";
  text += proved;
  const auto code = hmac_sha256(key, text);
  return {code.data(), proof_bytes};
}

void append_number(std::string& out, std::uint64_t value, std::size_t bytes) {
  while (bytes-- > 0) out += static_cast<char>(value >> 8 * bytes & 0xff);
}

std::uint64_t take_number(std::string_view& from, std::size_t bytes) {
  std::uint64_t value = 0;
  for (const char byte : from.substr(0, bytes)) value = value << 8 | static_cast<std::uint8_t>(byte);
  from.remove_prefix(bytes);
  return value;
}

}  // namespace

UploadTokens::UploadTokens(SigningKeys keys) : keys_(std::move(keys)) {}

std::string UploadTokens::issue(const UploadGrant& grant) const {
  std::string token(grant.id.bytes.begin(), grant.id.bytes.end());
  append_number(token, static_cast<std::uint64_t>(grant.expires_at.time_since_epoch().count()), time_bytes);
  append_number(token, grant.length, length_bytes);
  append_number(token, static_cast<std::uint64_t>(grant.format), 1);
  token += proof_of(keys_.current, token);
  return base64url(token);
}

std::optional<UploadGrant> UploadTokens::read(std::string_view text) const {
  if (text.size() != text_length) return std::nullopt;
  const auto token = from_base64url(text);
  if (!token) return std::nullopt;
  auto proved = std::string_view(*token).substr(0, proved_bytes);
  const auto is_proved_by = [&](const std::string& key) {
    return CRYPTO_memcmp(token->data() + proved_bytes, proof_of(key, proved).data(), proof_bytes) == 0;
  };
  if (!is_proved_by(keys_.current) && (keys_.previous.empty() || !is_proved_by(keys_.previous))) return std::nullopt;
  UploadGrant grant;
  std::copy_n(proved.begin(), id_bytes, grant.id.bytes.begin());
  proved.remove_prefix(id_bytes);
  grant.expires_at = Timestamp{Millis{static_cast<std::int64_t>(take_number(proved, time_bytes))}};
  grant.length = static_cast<std::uint32_t>(take_number(proved, length_bytes));
  grant.format = static_cast<ImageFormat>(take_number(proved, 1));
  return grant;
}

}  // namespace epicura
