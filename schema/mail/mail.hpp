#pragma once
// A mail as it is meant, before it is written down for the wire (schema/mail/message.hpp).

#include <string>

#include "schema/uuid.hpp"

namespace epicura::mail {

struct Mailbox {
  std::string name;     // shown beside the address; may be empty
  std::string address;  // as parse_email lets it in
};

struct Mail {
  // Of the mail, not of the try: a mail that is sent twice has the same Message-ID, and programs show it once.
  Uuid id;
  Uuid user;  // whose account it is about
  Mailbox to;
  std::string subject;
  std::string text;             // lines end with \n
  std::string html;             // the same in HTML
  std::string link;             // the one that it is about, printed in development; may be empty
  std::string unsubscribe_url;  // empty: transactional, nothing to unsubscribe from
};

}  // namespace epicura::mail
