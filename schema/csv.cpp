#include "schema/csv.hpp"

namespace epicura {

namespace {

void append_cell(std::string& out, std::string_view cell) {
  const bool is_formula = cell.find_first_of("=+-@\t\r") == 0;
  if (!is_formula && cell.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += cell;
    return;
  }
  out += is_formula ? "\"'" : "\"";
  for (const char c : cell) out.append(c == '"' ? 2 : 1, c);
  out += '"';
}

}  // namespace

void append_csv_row(std::string& out, std::initializer_list<std::string_view> cells) {
  bool first = true;
  for (const auto cell : cells) {
    if (!first) out += ',';
    first = false;
    append_cell(out, cell);
  }
  out += "\r\n";
}

}  // namespace epicura
