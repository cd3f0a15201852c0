#pragma once
// What the mails to people say.

#include <span>
#include <string_view>

namespace epicura::mail {

// What each needs beside address and name: its link, and a time.
enum class Kind {
  verify_email,       // link that proves the address, when it ends
  reset_password,     // link to a new password, when it ends (an hour)
  password_changed,   // when it was
  change_email,       // to the new address: link that proves it, when it ends
  email_change_told,  // to the old address: link that undoes it, when it ends (72 hours)
  mfa_turned_on,      // when it was
  mfa_turned_off,     // when it was
  account_deleted,    // until when it can be restored (30 days)
  account_restored,   // when it was
};

// Plain text, "{when}" is the time. Paragraphs before the link and after it; a kind without a button has no link.
struct Wording {
  std::string_view subject;
  std::span<const std::string_view> before;
  std::string_view button;
  std::span<const std::string_view> after;
};
const Wording& wording_of(Kind kind);

}  // namespace epicura::mail
