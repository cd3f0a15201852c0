#pragma once
// Values of header fields. Whatever comes in, what comes out is printable ASCII, and has line ends only where it is
// folded: nothing can add a field of its own. Any thread.

#include <string>
#include <string_view>

#include "schema/mail/wire_address.hpp"
#include "schema/time.hpp"

namespace epicura::mail {

// Unstructured text, as in Subject: encoded words where it needs them (RFC 2047), folded to 76 characters a line. What
// is no UTF-8 becomes U+FFFD, control characters become spaces.
std::string text_value(std::string_view text);

// `"name" <address>`; RFC 5322, 3.4. The address may hold UTF-8 (RFC 6532).
std::string mailbox_value(std::string_view name, const WireAddress& address);

// "Sat, 21 Nov 2026 13:48:00 +0000": RFC 5322, 3.3.
std::string date_value(Timestamp at);

// "<url>": RFC 2369. Bytes that may not stand there are percent-encoded.
std::string url_value(std::string_view url);

}  // namespace epicura::mail
