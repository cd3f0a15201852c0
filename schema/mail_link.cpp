#include "schema/mail_link.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <openssl/crypto.h>

#include "schema/base64.hpp"
#include "schema/hmac_sha256.hpp"

namespace epicura {

namespace {

constexpr std::size_t id_bytes = 16;
constexpr std::size_t proof_bytes = 16;
constexpr std::size_t text_length = 43;  // 32 bytes, six bits a letter

constexpr std::array<std::pair<MailLinkPurpose, std::string_view>, 4> purposes{{
    {MailLinkPurpose::verify_email, "verify_email"},
    {MailLinkPurpose::reset_password, "reset_password"},
    {MailLinkPurpose::change_email, "change_email"},
    {MailLinkPurpose::undo_email_change, "undo_email_change"},
}};

// The id has one length, so that no name and id together are another's.
std::string proof_of(const std::string& key, MailLinkPurpose purpose, std::string_view id) {
  std::string text = "mail-link";
  text += name(purpose);
  text += id;
  const auto code = hmac_sha256(key, text);
  return {code.data(), proof_bytes};
}

}  // namespace

std::string_view name(MailLinkPurpose purpose) {
  return purposes[static_cast<std::size_t>(purpose)].second;
}

std::optional<MailLinkPurpose> parse_mail_link_purpose(std::string_view name) {
  const auto* const found =
      std::find_if(purposes.begin(), purposes.end(), [&](const auto& purpose) { return purpose.second == name; });
  return found == purposes.end() ? std::nullopt : std::optional(found->first);
}

MailLinks::MailLinks(SigningKeys keys) : keys_(std::move(keys)) {}

std::string MailLinks::issue(MailLinkPurpose purpose, const Uuid& id) const {
  std::string token(id.bytes.begin(), id.bytes.end());
  token += proof_of(keys_.current, purpose, token);
  return base64url(token);
}

std::optional<Uuid> MailLinks::read(MailLinkPurpose purpose, std::string_view text) const {
  if (text.size() != text_length) return std::nullopt;
  const auto token = from_base64url(text);
  if (!token) return std::nullopt;
  const auto id = std::string_view(*token).substr(0, id_bytes);
  const auto is_proved_by = [&](const std::string& key) {
    return CRYPTO_memcmp(token->data() + id_bytes, proof_of(key, purpose, id).data(), proof_bytes) == 0;
  };
  if (!is_proved_by(keys_.current) && (keys_.previous.empty() || !is_proved_by(keys_.previous))) return std::nullopt;
  Uuid read;
  std::copy_n(token->begin(), id_bytes, read.bytes.begin());
  return read;
}

}  // namespace epicura
