#include "schema/mail/message.hpp"

#include <fmt/format.h>

#include "schema/mail/header.hpp"
#include "schema/mail/quoted_printable.hpp"

namespace epicura::mail {

namespace {

std::string part(std::string_view type, std::string_view content) {
  return fmt::format(
      "Content-Type: text/{}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{}\r\n", type,
      quoted_printable(content));
}

}  // namespace

std::string message_text(const Mail& mail, const Sender& from, const WireAddress& to, Timestamp at) {
  const auto id = mail.id.str();
  const auto boundary = "=_" + id;  // what no quoted-printable text can contain
  std::string out;
  const auto field = [&](std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
  };
  field("Date", date_value(at));
  field("From", mailbox_value(from.name, from.address));
  field("To", mailbox_value(mail.to.name, to));
  field("Subject", text_value(mail.subject));
  field("Message-ID", fmt::format("<{}@{}>", id, from.address.domain()));
  field("Auto-Submitted", "auto-generated");
  if (!mail.unsubscribe_url.empty()) {
    field("List-Unsubscribe", url_value(mail.unsubscribe_url));
    field("List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
  }
  field("MIME-Version", "1.0");
  field("Content-Type", fmt::format("multipart/alternative;\r\n boundary=\"{}\"", boundary));
  out += fmt::format("\r\n--{0}\r\n{1}--{0}\r\n{2}--{0}--\r\n", boundary, part("plain", mail.text),
                     part("html", mail.html));
  return out;
}

}  // namespace epicura::mail
