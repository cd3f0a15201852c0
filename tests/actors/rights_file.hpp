#pragma once
// tests/security/rights.md as the test that walks it reads it.

#include <array>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace epicura::tests {

struct RightsFile {
  using Line = std::map<std::string, int>;                     // by column; what is "-" is not in it
  std::map<std::string, Line> routes;                          // by "GET /path"
  std::map<std::string, std::map<std::string, Line>> objects;  // by "GET /path/{id}" and principal

  RightsFile() {
    std::ifstream file(EPICURA_SOURCE_DIR "/tests/security/rights.md");
    REQUIRE(file);
    std::vector<std::string> columns;
    for (std::string text; std::getline(file, text);) {
      if (!text.starts_with("| ") && !text.starts_with("|-")) continue;
      const auto cells = cells_of(text);
      if (cells[0] == "Route") {
        columns = cells;
        continue;
      }
      if (cells[0].starts_with("---")) continue;
      REQUIRE_MESSAGE(cells.size() == columns.size(), text);
      const bool of_objects = columns[1] == "Principal";
      const auto route = cells[0].substr(1, cells[0].size() - 2);
      Line line;
      for (std::size_t i = of_objects ? 2 : 1; i < cells.size(); ++i)
        if (cells[i] != "-") line[columns[i]] = std::stoi(cells[i]);
      const bool is_new =
          of_objects ? objects[route].emplace(cells[1], line).second : routes.emplace(route, line).second;
      CHECK_MESSAGE(is_new, text);
    }
  }

 private:
  static std::vector<std::string> cells_of(const std::string& text) {
    std::vector<std::string> cells;
    for (std::size_t from = 1; from < text.size();) {
      const auto end = text.find('|', from);
      REQUIRE_MESSAGE(end != std::string::npos, text);
      auto cell = text.substr(from, end - from);
      const auto first = cell.find_first_not_of(' ');
      cell = first == std::string::npos ? std::string() : cell.substr(first, cell.find_last_not_of(' ') - first + 1);
      cells.push_back(cell);
      from = end + 1;
    }
    return cells;
  }
};

}  // namespace epicura::tests
