#pragma once

#include <string>
#include <string_view>

namespace epicura::mail {

// RFC 2045, 6.7: lines of at most 76 characters, ended by CR LF; \n of `text` is a line's end, all else arrives as it
// is. No line starts with a dot.
std::string quoted_printable(std::string_view text);

}  // namespace epicura::mail
