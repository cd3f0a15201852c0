#pragma once

#include <optional>
#include <string_view>

#include "schema/mail/mail.hpp"

namespace epicura::mail {

// "Name <address>" or "address", as people write it in the setting mail_from. The name is not in quotes.
std::optional<Mailbox> parse_mailbox(std::string_view text);

}  // namespace epicura::mail
