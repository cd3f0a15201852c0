#include "bridge/kitchen/view.hpp"

#include <doctest/doctest.h>

#include <regex>

namespace epicura::bridge::kitchen {
namespace {

FleetReport some_report() {
  FleetReport report;
  report.devices = 20;
  report.connected = 19;
  report.sent = 123'456'789;
  report.acknowledged = 123'456'780;
  report.held = 3;
  report.doubled = 4;
  report.dropped = 1;
  report.seconds = 71;
  for (int i = 0; i < 3; ++i) {
    PotGlance& pot = report.pots.emplace_back();
    pot.device = Uuid::v7();
    pot.kind = "rice_cooker";
    pot.program = "sear";
    pot.phase = "preheat";
    pot.temperature_c = 95.25;
    pot.setpoint_c = 220;
    pot.hottest_c = 260;
    pot.power_w = 2'200;
    pot.stir_rpm = 120;
    pot.lid = i == 0;
    pot.online = i != 1;
    pot.sent = 12'345;
    pot.acknowledged = 12'340;
  }
  return report;
}

std::size_t columns_of(const std::string& line) {
  const std::string bare = std::regex_replace(line, std::regex("\x1b\\[[0-9;]*m"), "");
  return static_cast<std::size_t>(
      std::count_if(bare.begin(), bare.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

TEST_CASE("the view fits every width") {
  const FleetReport report = some_report();
  for (std::size_t width = 1; width <= 250; ++width) {
    for (const bool blocks : {false, true}) {
      const auto lines = view_lines(report, {width, true, blocks});
      REQUIRE(lines.size() == report.pots.size() + 2);
      for (const std::string& line : lines) REQUIRE(columns_of(line) <= width);
    }
  }
}

TEST_CASE("the view says what there is") {
  const FleetReport report = some_report();
  const auto lines = view_lines(report, {120, false, false});
  CHECK(lines[0].find("program") != std::string::npos);
  for (const char* text :
       {"rice_cooker", "sear/preheat", "95.2/220", "2200 W", "120 rpm", "on", "12345/12340", "==", "|"}) {
    CHECK_MESSAGE(lines[1].find(text) != std::string::npos, text);
  }
  CHECK(lines[1].find(short_id(report.pots[0].device)) != std::string::npos);
  CHECK(lines[1][0] == '*');
  CHECK(lines[2][0] == '-');
  for (const char* text : {"1:11", "19 of 20 online", "123456789", "waiting 9", "held 3", "doubled 4", "dropped 1"}) {
    CHECK_MESSAGE(lines.back().find(text) != std::string::npos, text);
  }
  for (const std::string& line : lines) CHECK(line.find('\x1b') == std::string::npos);
  const auto narrow = view_lines(report, {60, false, false});
  CHECK(narrow[1].find("rice_cooker") == std::string::npos);
  CHECK(narrow[1].find("95.2/220") != std::string::npos);
  CHECK(view_lines(report, {120, true, true})[1].find("\x1b[") != std::string::npos);
}

TEST_CASE("a pot as a plain line") {
  PotGlance pot = some_report().pots[1];
  pot.setpoint_c = 0;
  const std::string line = plain_line(pot);
  CHECK(line.find("rice_cooker sear/preheat 95.2 C (set -) 2200 W") != std::string::npos);
  CHECK(line.find("lid off, offline, sent 12345 acknowledged 12340") != std::string::npos);
}

}  // namespace
}  // namespace epicura::bridge::kitchen
