#include "bridge/plugin/tally.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace epicura::bridge::plugin;
using namespace std::chrono_literals;

TEST_CASE("the counters are JSON, every reason with its name") {
  Tally tally;
  tally.connects = 7;
  tally.retained_cleared = 2;
  ++tally[Refusal::bad_token];
  ++tally[Refusal::delivery];
  const auto json = nlohmann::json::parse(to_json(tally, {true, 3, 4096}));
  CHECK(json["admitting"] == true);
  CHECK(json["connected"] == 3);
  CHECK(json["backlog_bytes"] == 4096);
  CHECK(json["connects"] == 7);
  CHECK(json["retained_cleared"] == 2);
  CHECK(json["refused"].size() == refusal_names.size());
  CHECK(json["refused"]["bad_token"] == 1);
  CHECK(json["refused"]["delivery"] == 1);
  CHECK(json["refused"]["anonymous"] == 0);
  CHECK(nlohmann::json::parse(to_json({}, {}))["admitting"] == false);
}

TEST_CASE("a line a second at most, with the number of those unsaid") {
  RefusalLog log;
  const auto start = RefusalLog::Time{} + 1h;
  const auto first = log.line(Refusal::bad_token, "a", "b", start);
  REQUIRE(first);
  CHECK(*first == "epicura: refused, bad_token: 'a' from 'b'");
  for (int i = 0; i < 99'999; ++i) CHECK_FALSE(log.line(Refusal::anonymous, "a", "b", start + i * 10us));
  const auto second = log.line(Refusal::will, "a", "b", start + 1s);
  REQUIRE(second);
  CHECK(second->ends_with("(and 99999 refusals before it)"));
}

TEST_CASE("what comes from outside is cut and masked in a line") {
  RefusalLog log;
  const auto line = log.line(Refusal::bad_token, "a\n\x1b[31m'\xc3" + std::string(70'000, 'x'), "\r\n", {});
  REQUIRE(line);
  CHECK(line->size() < 200);
  for (const char c : *line) CHECK((c >= ' ' && c <= '~'));
}
