// The comparison itself: a wrong expectation fails, in the words of the domain.

#include "tests/replay/compare.hpp"

#include <doctest/doctest.h>

using namespace epicura;
using namespace epicura::tests::replay;

namespace {

const std::string id = "11111111-1111-4111-8111-111111111111";

Scenario scenario() {
  Scenario out;
  out.name = "example";
  out.pots = {{"pot 1", id}};
  out.expected = Json::parse(R"({
    "pots": {"pot 1": {
      "id": "11111111-1111-4111-8111-111111111111",
      "rows": [{"metric": "temperature", "ts": "2026-11-20T21:05:00.000Z", "seq": 7, "value": 95.2, "unit": "C"},
               {"metric": "weight", "ts": "2026-11-20T21:05:01.000Z", "value": {"one_of": [1, 2]}}],
      "twin": {"temperature": {"value": 95.2, "ts": "2026-11-20T21:05:00.000Z"}},
      "presence": {"status": "offline", "epoch": 3, "reason": "will"}}},
    "dead_letters": [{"code": "bad_time", "source": "telemetry", "origin": "epicura.x.telemetry"}],
    "counters": {"epicura_rows_written_total": 2},
    "doubled": {"counters": {"epicura_rows_written_total": 3}}})");
  return out;
}

Outcome outcome() {
  Outcome out;
  auto& pot = out.pots["pot 1"];
  pot.rows = {{"temperature", *parse_rfc3339("2026-11-20T21:05:00Z"), 7, 95.2, "C"},
              {"weight", *parse_rfc3339("2026-11-20T21:05:01Z"), -1, 2, ""}};
  pot.presence = StoredPresence{"offline", 3, "will", ""};
  pot.twin = Json::parse(R"({"status": "offline", "epoch": 3,
    "latest": {"temperature": {"value": 95.2, "ts": "2026-11-20T21:05:00.000Z", "unit": "C", "seq": 7}}})");
  out.letters[{"bad_time", "telemetry", "epicura.x.telemetry"}] = 1;
  out.counters["epicura_rows_written_total"] = 2;
  return out;
}

std::string difference(const Outcome& outcome, Way way = Way::in_order) {
  return first_difference(scenario(), way, outcome).value_or("none");
}

const std::string of_pot = "pot 1 (" + id + "): ";

}  // namespace

TEST_CASE("what came out as it must has no difference") {
  CHECK(difference(outcome()) == "none");
}

TEST_CASE("a reading that is missing, is another, or should not be there") {
  auto found = outcome();
  found.pots["pot 1"].rows.erase(found.pots["pot 1"].rows.begin());
  CHECK(difference(found) ==
        of_pot + "temperature at 2026-11-20T21:05:00.000Z (seq 7) should be 95.2, there is no such reading");
  found = outcome();
  found.pots["pot 1"].rows[0].value = 95.3;
  CHECK(difference(found) == of_pot + "temperature at 2026-11-20T21:05:00.000Z (seq 7) should be 95.2, it is 95.3");
  found = outcome();
  found.pots["pot 1"].rows[0].unit.clear();
  CHECK(difference(found) ==
        of_pot + "the unit of temperature at 2026-11-20T21:05:00.000Z (seq 7) should be C, it is absent");
  found = outcome();
  found.pots["pot 1"].rows[1].value = 3;
  CHECK(difference(found) == of_pot + "weight at 2026-11-20T21:05:01.000Z should be 1 or 2, it is 3");
  found = outcome();
  found.pots["pot 1"].rows.push_back({"weight", *parse_rfc3339("2026-11-20T21:05:02Z"), -1, 4, ""});
  CHECK(difference(found) == of_pot + "weight at 2026-11-20T21:05:02.000Z is 4, and no such reading should be there");
}

TEST_CASE("a day in sums: the count first, then the edges, then the values") {
  auto expected = scenario();
  auto& pot = expected.expected["pots"]["pot 1"];
  pot.erase("rows");
  pot["summary"] = Json::parse(R"({"temperature": {"count": 1, "min": 95.2, "max": 95.2, "sum": 95.2},
                                   "weight": {"count": 2, "last": "2026-11-20T21:05:01.000Z"}})");
  CHECK(first_difference(expected, Way::in_order, outcome()) ==
        of_pot + "the count of its readings of weight should be 2, it is 1");
  pot["summary"]["weight"] = {{"count", 1}, {"sum", 1.5}};
  CHECK(first_difference(expected, Way::in_order, outcome()) ==
        of_pot + "the sum of its readings of weight should be 1.5, it is 2.0");
  pot["summary"].erase("weight");
  CHECK(first_difference(expected, Way::in_order, outcome()) ==
        of_pot + "1 readings of weight, and none should be there");
}

TEST_CASE("twin and presence") {
  auto found = outcome();
  found.pots["pot 1"].twin["latest"]["temperature"]["value"] = 20;
  CHECK(difference(found) == of_pot + "in its twin the value of the latest temperature should be 95.2, it is 20");
  found = outcome();
  found.pots["pot 1"].twin["latest"]["humidity"] = {{"value", 1}};
  CHECK(difference(found) == of_pot + "its twin knows humidity, and should not");
  found = outcome();
  found.pots["pot 1"].presence = StoredPresence{"online", 3, "birth", ""};
  CHECK(difference(found) == of_pot + "its status should be offline, it is online (online, epoch 3, birth)");
  found = outcome();
  found.pots["pot 1"].twin["status"] = "online";
  CHECK(difference(found) == of_pot + "its row says offline, epoch 3; its twin says online, epoch 3");
  found.pots["pot 1"].presence.reset();
  CHECK(difference(found) == of_pot + "should be registered, and has no row");
}

TEST_CASE("dead letters, counters and the replay itself") {
  const std::string letter = "dead letter bad_time of epicura.x.telemetry ";
  auto found = outcome();
  found.letters.clear();
  CHECK(difference(found) == letter + "should come 1 times, it came 0 times");
  CHECK(difference(found, Way::killed) == letter + "should come at least 1 times, it came 0 times");
  found = outcome();
  found.letters[{"bad_json", "device", "epicura.x.status"}] = 2;
  CHECK(difference(found) == "dead letter bad_json of epicura.x.status came 2 times, and should not come");
  found = outcome();
  found.counters["epicura_rows_written_total"] = 5;
  CHECK(difference(found) == "epicura_rows_written_total should grow by 2, it grew by 5");
  CHECK(difference(found, Way::killed) == "none");
  found.letters.begin()->second = 2;
  CHECK(difference(found, Way::killed) == "none");
  CHECK(difference(found, Way::doubled) == "epicura_rows_written_total should grow by 3, it grew by 5");
  found.exit_code = 1;
  found.said = "no";
  CHECK(difference(found) == "the replay should end with exit code 0, it ended with 1: no");
}
