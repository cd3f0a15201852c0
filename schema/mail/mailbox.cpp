#include "schema/mail/mailbox.hpp"

#include "schema/email.hpp"

namespace epicura::mail {

std::optional<Mailbox> parse_mailbox(std::string_view text) {
  Mailbox out;
  if (text.ends_with('>')) {
    const auto bracket = text.find('<');
    if (bracket == std::string_view::npos) return std::nullopt;
    auto name = text.substr(0, bracket);
    while (name.ends_with(' ')) name.remove_suffix(1);
    out.name = name;
    text = text.substr(bracket + 1, text.size() - bracket - 2);
  }
  auto address = parse_email(text);
  if (!address) return std::nullopt;
  out.address = std::move(*address);
  return out;
}

}  // namespace epicura::mail
