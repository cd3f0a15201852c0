// What dashboards and alerts are built on: the name, type and label names of every metric of the running program stand
// in metrics.golden. Where a change is meant, write the file anew:
//   WRITE_GOLDEN=1 .build/release/tests/test_actors -tc='the names*'

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include <doctest/doctest.h>

#include "tests/http/raw_client.hpp"
#include "tests/stack/stack.hpp"

namespace {

using epicura::http::test::eventually;
using epicura::http::test::RawClient;
using epicura::tests::Stack;

const std::string golden_file = EPICURA_SOURCE_DIR "/tests/actors/metrics.golden";

std::uint16_t port_of(const std::string& url) {
  return static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
}

// "name type label,label": the labels of all samples of the name together.
std::set<std::string> names_of(const std::string& exposition) {
  std::map<std::string, std::string> types;
  std::map<std::string, std::set<std::string>> labels;
  std::istringstream lines(exposition);
  for (std::string line, family; std::getline(lines, line);) {
    if (line.starts_with("# TYPE ")) {
      std::istringstream words(line.substr(7));
      words >> family;
      words >> types[family];
    }
    if (line.starts_with('#')) continue;
    for (auto at = line.find('{'); at != std::string::npos && line[at] != '}' && line[at + 1] != '}';
         at = line.find_first_of(",}", line.find('"', line.find('"', at) + 1))) {
      const auto label = line.substr(at + 1, line.find('=', at) - at - 1);
      if (label != "le") labels[family].insert(label);
    }
  }
  std::set<std::string> out;
  for (const auto& [family, type] : types) {
    std::string text = family;
    text.append(" ").append(type);
    for (const auto& label : labels[family]) text.append(label == *labels[family].begin() ? " " : ",").append(label);
    out.insert(text);
  }
  return out;
}

std::set<std::string> read_golden() {
  std::set<std::string> out;
  std::ifstream file(golden_file);
  for (std::string line; std::getline(file, line);) out.insert(line);
  return out;
}

// The lines that only one of them has.
std::string difference(const std::set<std::string>& golden, const std::set<std::string>& found) {
  std::string out;
  for (const auto& line : golden) out += found.contains(line) ? "" : "\n  - " + line;
  for (const auto& line : found) out += golden.contains(line) ? "" : "\n  + " + line;
  return out;
}

}  // namespace

TEST_CASE("the names, types and label names of all metrics are those that are written down") {
  const Stack stack;
  RawClient garbage(port_of(stack.env("EPICURA_URL")));  // some only show once there is something to count
  garbage.send("\x16\x03\x01 this is no HTTP\r\n\r\n");
  CHECK(garbage.closed());
  const auto golden = read_golden();
  std::set<std::string> found;
  const auto ask = [&] {
    RawClient client(port_of(stack.env("EPICURA_OPS_URL")));
    const auto answer = client.ask(epicura::http::test::get("/metrics"));
    REQUIRE(answer);
    found = names_of(answer->body);
    return found == golden;
  };
  if (std::getenv("WRITE_GOLDEN")) {
    eventually(ask, std::chrono::seconds{3});
    std::ofstream file(golden_file);
    for (const auto& line : found) file << line << '\n';
    MESSAGE("wrote " << golden_file);
    return;
  }
  const bool same = eventually(ask, std::chrono::seconds{10});
  INFO("- is written down and gone, + is new:"
       << difference(golden, found)
       << "\nwhere this is meant: WRITE_GOLDEN=1 .build/release/tests/test_actors -tc='the names*'");
  CHECK(same);
}
