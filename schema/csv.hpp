#pragma once
// Comma-separated values (RFC 4180: CRLF ends a row, quotes are doubled), made safe to open in a spreadsheet.

#include <initializer_list>
#include <string>
#include <string_view>

namespace epicura {

// Appends one row. A cell that begins with = + - @ TAB or CR would be run as a formula: it stands in quotes behind an
// apostrophe, which makes it text (OWASP, "CSV Injection"). So a reader that wants the value back takes one apostrophe
// off before one of these.
void append_csv_row(std::string& out, std::initializer_list<std::string_view> cells);

}  // namespace epicura
