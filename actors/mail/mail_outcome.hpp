#pragma once

#include <string>

namespace epicura {

enum class MailResult {
  sent,       // the mail server has it
  try_again,  // later it may go
  away,       // it was not tried: the mail server is known to be away
  refused,    // it will never go
};

struct MailOutcome {
  MailResult result = MailResult::sent;
  std::string reason = {};  // of what was not sent; names no address
};

}  // namespace epicura
