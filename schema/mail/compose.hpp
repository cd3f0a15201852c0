#pragma once

#include <string>

#include "schema/mail/mail.hpp"
#include "schema/mail/wording.hpp"
#include "schema/time.hpp"

namespace epicura::mail {

struct Fields {
  Uuid id;           // of the mail: the same at each try
  Uuid user;         // whose account it is about
  Mailbox to;        // the name as the user typed it
  std::string link;  // absolute, from public_url; empty for the kinds without one
  Timestamp when{};  // what it means, enum Kind says
};

// The mail in full, as text and as HTML. The name is the only thing in it that a user wrote: it greets where it can do
// no harm (greeting_name), escaped, and stands nowhere else. Any thread.
Mail compose(Kind kind, const Fields& fields);

}  // namespace epicura::mail
