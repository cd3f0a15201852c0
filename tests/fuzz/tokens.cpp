// Any bytes as a token, as a code that is typed, as claims, and as changes to what is genuine: nothing dies, and
// nothing is taken but what the same keys have issued. The keys are new in each process, so that no seed can hold a
// token of theirs.

#include <cctype>
#include <cstdlib>

#include <openssl/rand.h>

#include "schema/access_token.hpp"
#include "schema/api_key.hpp"
#include "schema/base64.hpp"
#include "schema/hmac_sha256.hpp"
#include "schema/mail_link.hpp"
#include "schema/recovery_codes.hpp"
#include "schema/refresh_token.hpp"
#include "schema/sealed_box.hpp"
#include "schema/totp.hpp"

namespace {

using namespace epicura;

const Timestamp noon = *parse_rfc3339("2026-11-20T12:00:00Z");
const Uuid family = Uuid::v7();
const Uuid link = Uuid::v7();
const Uuid owner = Uuid::v7();

std::string random_key() {
  unsigned char bytes[32];
  if (RAND_bytes(bytes, sizeof bytes) != 1) std::abort();
  return {std::begin(bytes), std::end(bytes)};
}

struct Issued {
  SigningKeys keys{random_key(), random_key()};
  AccessTokens access{keys, "issuer", "epicura"};
  AccessTokens proving{keys, "issuer", "epicura"};  // remembers what is proved below, so that `access` need not know it
  RefreshTokens refresh{random_key()};
  MailLinks links{{random_key(), random_key()}};
  RecoveryCodes recovery{{random_key(), random_key()}};
  ApiKeys api_keys{{random_key(), random_key()}};
  SealedBox boxes{{random_key(), random_key()}};
  std::string secret = make_totp_secret();
  std::string access_text = access.sign({family, Role::user, "", noon, noon + std::chrono::hours{1}, family, noon});
  std::string refresh_text = refresh.issue(family).text;
  std::string link_text = links.issue(MailLinkPurpose::reset_password, link);
  ApiKeys::Issued api_key = api_keys.issue(owner);
  RecoveryCode code = recovery.make(1)[0];
  std::string box = boxes.seal(secret, owner);
  std::int64_t step = noon.time_since_epoch() / totp_step;
  std::string head = access_text.substr(0, access_text.find('.') + 1);
};

std::string without(std::string text, std::string_view passed_over) {
  std::erase_if(text, [&](char c) { return passed_over.find(c) != std::string_view::npos; });
  return text;
}

// Three bytes of the input are one change: where, what, and which byte.
std::string changed(std::string text, std::string_view changes) {
  for (; changes.size() >= 3 && !text.empty(); changes.remove_prefix(3)) {
    const auto place = (static_cast<std::uint8_t>(changes[0]) * 256U + static_cast<std::uint8_t>(changes[1])) / 4;
    const auto at = place % text.size();
    switch (static_cast<std::uint8_t>(changes[1]) % 4) {
      case 0:
        text[at] = changes[2];
        break;
      case 1:
        text.insert(at, 1, changes[2]);
        break;
      case 2:
        text.erase(at, 1);
        break;
      default:
        text.resize(at);
    }
  }
  return text;
}

void check_typed(const Issued& issued, std::string_view typed) {
  const auto hashes = issued.recovery.hashes_of(typed);
  if (!hashes.empty()) {
    auto letters = without(std::string(typed), "- ");
    for (auto& c : letters) {
      c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      c = c == 'o' ? '0' : c == 'i' || c == 'l' ? '1' : c;
    }
    if (hashes.size() != 2 || letters.size() != 10) std::abort();
    if ((hashes[0] == issued.code.hash) != (letters == without(issued.code.text, "-"))) std::abort();
  }
  const auto step = verify_totp(issued.secret, typed, noon, no_totp_step);
  if (!step) return;
  if (*step < issued.step - 1 || *step > issued.step + 1) std::abort();
  if (without(std::string(typed), " ") != totp_code(issued.secret, *step)) std::abort();
  if (verify_totp(issued.secret, typed, noon, *step)) std::abort();
}

void check(const Issued& issued, std::string_view text) {
  if (issued.access.verify(text, noon) && text != issued.access_text) std::abort();
  const auto read = issued.refresh.read(text);
  if (read && (text != issued.refresh_text || read->family != family || read->hash.size() != 32)) std::abort();
  for (const auto purpose : {MailLinkPurpose::verify_email, MailLinkPurpose::reset_password,
                             MailLinkPurpose::change_email, MailLinkPurpose::undo_email_change}) {
    const auto id = issued.links.read(purpose, text);
    if (id && (text != issued.link_text || purpose != MailLinkPurpose::reset_password || id != link)) std::abort();
  }
  const auto key = issued.api_keys.read(text);
  if (key && (text != issued.api_key.text || key->id != owner || key->hash != issued.api_key.hash)) std::abort();
  const auto opened = issued.boxes.open(text, owner);
  if (opened && (text != issued.box || opened != issued.secret)) std::abort();
  check_typed(issued, text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Issued issued;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  check(issued, input);
  check(issued, issued.head + std::string(input));
  check(issued, issued.head + base64url(input) + issued.access_text.substr(issued.access_text.rfind('.')));
  check(issued, base64url(input));
  check(issued, changed(issued.access_text, input));
  check(issued, changed(issued.refresh_text, input));
  check(issued, changed(issued.link_text, input));
  check(issued, changed(issued.api_key.text, input));
  check(issued, std::string(ApiKeys::prefix) + base64url(input));
  check(issued, changed(issued.box, input));
  check(issued, changed(issued.code.text, input));
  check(issued, changed(totp_code(issued.secret, issued.step), input));
  if (!issued.access.verify(issued.access_text, noon) || !issued.refresh.read(issued.refresh_text)) std::abort();
  if (!issued.links.read(MailLinkPurpose::reset_password, issued.link_text)) std::abort();
  if (!issued.api_keys.read(issued.api_key.text)) std::abort();

  // Any claims under a proof of ours: what is taken is valid now.
  auto proved = issued.head + base64url(input);
  const auto proof = hmac_sha256(issued.keys.current, proved);
  proved += "." + base64url({proof.data(), proof.size()});
  const auto read = issued.proving.verify(proved, noon);
  if (read && (read->expires_at <= noon || read->issued_at > noon + std::chrono::seconds{30})) std::abort();
  return 0;
}
