#pragma once

#include <string>

#include "schema/mail/mail.hpp"
#include "schema/mail/wire_address.hpp"
#include "schema/time.hpp"

namespace epicura::mail {

struct Sender {
  std::string name;  // may be empty
  WireAddress address;
};

// The mail as it goes over the wire or into a file (RFC 5322, RFC 2045): text and HTML as alternatives,
// quoted-printable, lines ended by CR LF. `to` is mail.to.address. It says that a program wrote it (RFC 3834), and
// unless it is transactional how one click unsubscribes (RFC 8058). ASCII alone, but for a `to` that needs UTF-8.
std::string message_text(const Mail& mail, const Sender& from, const WireAddress& to, Timestamp at);

}  // namespace epicura::mail
