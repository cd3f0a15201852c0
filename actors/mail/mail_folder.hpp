#pragma once

#include <string>
#include <string_view>

#include "actors/mail/mail_outcome.hpp"
#include "schema/mail/mail.hpp"
#include "schema/time.hpp"

namespace epicura::mail {

// Where mails land in development: a file each, <time>-<user>-<id>.eml, readable by its owner alone, there in full or
// not at all; the last in the order of names is the newest. One thread at a time.
class MailFolder {
 public:
  explicit MailFolder(std::string directory) : directory_(std::move(directory)) {}
  static std::string name_of(const Mail& mail, Timestamp at);
  MailOutcome put(const std::string& name, std::string_view message) const;
  // Deletes all mails to a user.
  void forget(const Uuid& user) const;

 private:
  std::string directory_;  // made where it is not there
};

}  // namespace epicura::mail
