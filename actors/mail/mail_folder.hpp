#pragma once

#include <string>
#include <string_view>

#include "actors/mail/mail_outcome.hpp"
#include "schema/mail/mail.hpp"
#include "schema/time.hpp"

namespace epicura::mail {

// Where mails land in development: a file each, <time>-<id>.eml, readable by its owner alone, there in full or not at
// all; the last in the order of names is the newest. One thread at a time.
class MailFolder {
 public:
  explicit MailFolder(std::string directory) : directory_(std::move(directory)) {}
  MailOutcome put(const Mail& mail, std::string_view message, Timestamp at) const;

 private:
  std::string directory_;  // made where it is not there
};

}  // namespace epicura::mail
