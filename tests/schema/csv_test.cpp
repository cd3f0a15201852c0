#include "schema/csv.hpp"

#include <doctest/doctest.h>

using namespace epicura;

namespace {

std::string cell(std::string_view text) {
  std::string out;
  append_csv_row(out, {text});
  REQUIRE(out.ends_with("\r\n"));
  out.resize(out.size() - 2);
  return out;
}

}  // namespace

TEST_CASE("a row of CSV: commas between the cells, CRLF behind them, nothing for an empty one") {
  std::string out;
  append_csv_row(out, {"seq", "", "action"});
  append_csv_row(out, {"1", "a", ""});
  CHECK(out == "seq,,action\r\n1,a,\r\n");
}

TEST_CASE("a cell stands in quotes where a reader would take it apart") {
  CHECK(cell("plain text") == "plain text");
  CHECK(cell("a,b") == "\"a,b\"");
  CHECK(cell("{\"a\": 1}") == "\"{\"\"a\"\": 1}\"");
  CHECK(cell("two\nlines") == "\"two\nlines\"");
  CHECK(cell("two\r\nlines") == "\"two\r\nlines\"");
  CHECK(cell("\"") == "\"\"\"\"");
  CHECK(cell("Grüße, 世界") == "\"Grüße, 世界\"");
  CHECK(cell(" padded ") == " padded ");
}

TEST_CASE("no cell of a spreadsheet becomes a formula") {
  for (const char first : std::string_view("=+-@\t\r")) {
    const auto text = std::string(1, first) + "HYPERLINK(\"x\")";
    CHECK(cell(text) == "\"'" + std::string(1, first) + "HYPERLINK(\"\"x\"\")\"");
    CHECK(cell(std::string(1, first)) == "\"'" + std::string(1, first) + "\"");
  }
  CHECK(cell("-1") == "\"'-1\"");
  CHECK(cell("1-1=0") == "1-1=0");  // only the first letter counts
}
