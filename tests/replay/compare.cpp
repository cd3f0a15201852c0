#include "tests/replay/compare.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace epicura::tests::replay {
namespace {

using Difference = std::optional<std::string>;

// Either the value, or one of those that {"one_of": [...]} lists.
bool is_as_expected(const Json& expected, const Json& found) {
  if (!expected.is_object()) return expected == found;
  const auto& choices = expected.at("one_of");
  return std::find(choices.begin(), choices.end(), found) != choices.end();
}

std::string shown(const Json& expected) {
  if (expected.is_null()) return "absent";
  if (expected.is_string()) return expected.get<std::string>();
  if (!expected.is_object()) return expected.dump();
  std::vector<std::string> choices;
  for (const auto& choice : expected.at("one_of")) choices.push_back(shown(choice));
  return fmt::format("{}", fmt::join(choices, " or "));
}

Json or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}
Json or_null(std::int64_t number) {
  return number < 0 ? Json(nullptr) : Json(number);
}

// -- rows

std::string reading_name(const std::string& metric, const std::string& ts, std::int64_t seq) {
  return fmt::format("{} at {}{}", metric, ts, seq < 0 ? "" : fmt::format(" (seq {})", seq));
}

Difference differs(const Json& rows, const PotOutcome& pot) {
  std::map<std::string, const StoredReading*> found;
  for (const auto& row : pot.rows) found[reading_name(row.metric, format_rfc3339(row.ts), row.seq)] = &row;
  for (const auto& row : rows) {
    const auto seq = row.value("seq", Json());
    const auto key = reading_name(row.at("metric"), row.at("ts"), seq.is_null() ? -1 : seq.get<std::int64_t>());
    const auto there = found.find(key);
    const auto& value = row.at("value");
    const auto unit = row.value("unit", Json());
    if (there == found.end()) return fmt::format("{} should be {}, there is no such reading", key, shown(value));
    if (!is_as_expected(value, there->second->value))
      return fmt::format("{} should be {}, it is {}", key, shown(value), there->second->value);
    if (!is_as_expected(unit, or_null(there->second->unit)))
      return fmt::format("the unit of {} should be {}, it is {}", key, shown(unit),
                         shown(or_null(there->second->unit)));
    found.erase(there);
  }
  if (found.empty()) return {};
  const auto& [key, row] = *found.begin();
  return fmt::format("{} is {}, and no such reading should be there", key, row->value);
}

Json summary_of(const PotOutcome& pot) {
  Json out = Json::object();
  for (const auto& row : pot.rows) {
    auto& one = out[row.metric];
    const auto ts = format_rfc3339(row.ts);
    if (one.is_null()) {
      one = {{"count", 0}, {"min", row.value}, {"max", row.value}, {"sum", 0.0}, {"first", ts}, {"last", ts}};
    }
    one["count"] = one["count"].get<int>() + 1;
    one["min"] = std::min(one["min"].get<double>(), row.value);
    one["max"] = std::max(one["max"].get<double>(), row.value);
    one["sum"] = one["sum"].get<double>() + row.value;
    one["last"] = ts;
  }
  for (auto& [metric, one] : out.items()) one["sum"] = std::round(one["sum"].get<double>() * 1000) / 1000;
  return out;
}

Difference differs_in_sum(const Json& expected, const PotOutcome& pot) {
  const auto found = summary_of(pot);
  for (const auto& [metric, summary] : expected.items()) {
    if (!found.contains(metric)) return fmt::format("there should be readings of {}, and there are none", metric);
    // The count first: it says most.
    for (const std::string property : {"count", "first", "last", "min", "max", "sum"}) {
      if (summary.contains(property) && summary[property] != found[metric][property])
        return fmt::format("the {} of its readings of {} should be {}, it is {}", property, metric,
                           shown(summary[property]), shown(found[metric][property]));
    }
  }
  for (const auto& [metric, summary] : found.items()) {
    if (!expected.contains(metric))
      return fmt::format("{} readings of {}, and none should be there", shown(summary["count"]), metric);
  }
  return {};
}

// -- twin and presence

Difference twin_differs(const Json& expected, const Json& twin) {
  const auto latest = twin.value("latest", Json::object());
  for (const auto& [metric, wanted] : expected.items()) {
    const auto found = latest.find(metric);
    if (found == latest.end()) return fmt::format("its twin should know {}, and does not", metric);
    for (const auto& [property, value] : wanted.items()) {
      if (!is_as_expected(value, found->value(property, Json())))
        return fmt::format("in its twin the {} of the latest {} should be {}, it is {}", property, metric, shown(value),
                           shown(found->value(property, Json())));
    }
  }
  for (const auto& [metric, found] : latest.items()) {
    if (!expected.contains(metric)) return fmt::format("its twin knows {}, and should not", metric);
  }
  return {};
}

Difference presence_differs(const Json& expected, const PotOutcome& pot) {
  if (!pot.presence) return "should be registered, and has no row";
  const auto& found = *pot.presence;
  const Json row{{"status", found.status},
                 {"epoch", or_null(found.epoch)},
                 {"reason", or_null(found.reason)},
                 {"firmware", or_null(found.firmware)}};
  for (const std::string property : {"epoch", "status", "reason", "firmware"}) {
    if (expected.contains(property) && !is_as_expected(expected[property], row[property]))
      return fmt::format("its {} should be {}, it is {} ({}, epoch {}, {})", property, shown(expected[property]),
                         shown(row[property]), found.status, found.epoch, found.reason);
  }
  // The row and the twin are told the same, each by its own way.
  if (pot.twin.value("status", Json()) != row["status"] || pot.twin.value("epoch", Json()) != row["epoch"])
    return fmt::format("its row says {}, epoch {}; its twin says {}, epoch {}", found.status, found.epoch,
                       shown(pot.twin.value("status", Json())), shown(pot.twin.value("epoch", Json())));
  return {};
}

Difference differs_in_all(const Json& expected, const PotOutcome& pot) {
  if (expected.contains("summary")) {
    if (auto found = differs_in_sum(expected["summary"], pot)) return found;
  } else if (auto found = differs(expected.value("rows", Json::array()), pot)) {
    return found;
  }
  if (expected.contains("presence")) {
    if (auto found = presence_differs(expected["presence"], pot)) return found;
  }
  return expected.contains("twin") ? twin_differs(expected["twin"], pot.twin) : std::nullopt;
}

// -- dead letters and counters

Difference letters_differ(const Json& expected, Way way, const Outcome& outcome) {
  const bool counted = way != Way::killed && way != Way::bus_killed;
  auto left = outcome.letters;
  for (const auto& letter : expected) {
    const LetterKind kind{letter.at("code"), letter.at("source"), letter.at("origin")};
    const int wanted = letter.value("count", 1) * (way == Way::doubled ? 2 : 1);
    const auto there = left.find(kind);
    const int came = there == left.end() ? 0 : there->second;
    if (counted ? came != wanted : came < wanted)
      return fmt::format("dead letter {} of {} should come {}{} times, it came {} times", kind.code, kind.origin,
                         counted ? "" : "at least ", wanted, came);
    left.erase(there);
  }
  if (left.empty()) return {};
  return fmt::format("dead letter {} of {} came {} times, and should not come", left.begin()->first.code,
                     left.begin()->first.origin, left.begin()->second);
}

Difference counters_differ(const Json& expected, const Outcome& outcome) {
  for (const auto& [counter, wanted] : expected.items()) {
    const auto there = outcome.counters.find(counter);
    const double found = there == outcome.counters.end() ? 0 : there->second;
    if (!is_as_expected(wanted, Json(found)))
      return fmt::format("{} should grow by {}, it grew by {}", counter, shown(wanted), found);
  }
  return {};
}

}  // namespace

std::optional<std::string> first_difference(const Scenario& scenario, Way way, const Outcome& outcome) {
  const auto expected = scenario.expected_when(way);
  const auto replay = expected.value("replay", Json{{"exit_code", 0}});
  if (outcome.exit_code != replay.value("exit_code", 0))
    return fmt::format("the replay should end with exit code {}, it ended with {}: {}", replay.value("exit_code", 0),
                       outcome.exit_code, outcome.said);
  if (const auto says = replay.value("says", std::string()); outcome.said.find(says) == std::string::npos)
    return fmt::format("the replay should say '{}', it said: {}", says, outcome.said);
  for (const auto& [pot, content] : expected.at("pots").items()) {
    const auto found = outcome.pots.find(pot);
    const auto difference = differs_in_all(content, found == outcome.pots.end() ? PotOutcome{} : found->second);
    if (difference) return fmt::format("{} ({}): {}", pot, shown(content.at("id")), *difference);
  }
  if (auto found = letters_differ(expected.value("dead_letters", Json::array()), way, outcome)) return found;
  if (way == Way::killed || way == Way::bus_killed) return {};
  return counters_differ(expected.value("counters", Json::object()), outcome);
}

}  // namespace epicura::tests::replay
