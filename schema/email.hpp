#pragma once
// E-mail addresses: which ones are let in. How two are compared is PostgreSQL's to say (migration 0005). Any thread.

#include <optional>
#include <string>
#include <string_view>

namespace epicura {

// As typed, nothing trimmed or folded; absent where it is none. The rule is HTML's for <input type=email> (WHATWG HTML,
// 4.10.5.1.5), with letters beyond ASCII as RFC 6531 has them:
//   local part  1 to 64 bytes: letters, digits, .!#$%&'*+/=?^_`{|}~- (no quoted form)
//   domain      two labels or more, each of 1 to 63 bytes: letters, digits and, within, dashes;
//               the last not of digits alone, so that it is no IPv4 address
// and 254 bytes in all (RFC 3696, erratum 1690). "Letter" is each code point beyond ASCII that can be seen: no
// controls, no spaces, nothing invisible, no full-width forms (which some software reads as ASCII).
std::optional<std::string> parse_email(std::string_view text);

// What stands before the `@`: the name of who gives none.
std::string name_of_email(std::string_view email);

}  // namespace epicura
