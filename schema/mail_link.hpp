#pragma once
// The token in a link of a mail. It names the link's row in the database (purpose, user, expiry, whether it was used)
// and carries its own proof:
//   base64url(id, 16 bytes | the first 16 of HMAC-SHA256(key, "mail-link" | the purpose's name | id))
// So it is made when the mail is sent, jobs and rows hold the id alone, and who reads the database cannot follow a
// link.

#include <optional>
#include <string>
#include <string_view>

#include "schema/signing_keys.hpp"
#include "schema/uuid.hpp"

namespace epicura {

enum class MailLinkPurpose { verify_email, reset_password, change_email, undo_email_change };

std::string_view name(MailLinkPurpose purpose);  // as the enumerator is spelled
std::optional<MailLinkPurpose> parse_mail_link_purpose(std::string_view name);

// Makes and reads them with the settings mail_link_secret and mail_link_secret_previous. Any thread.
class MailLinks {
 public:
  explicit MailLinks(SigningKeys keys);
  std::string issue(MailLinkPurpose purpose, const Uuid& id) const;  // 43 letters; the same ones at each call
  // Absent: not ours, or of another purpose. A token has one text: no padding, no white space, no other letters, no
  // spare bits.
  std::optional<Uuid> read(MailLinkPurpose purpose, std::string_view text) const;

 private:
  SigningKeys keys_;
};

}  // namespace epicura
