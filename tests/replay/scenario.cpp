#include "tests/replay/scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <random>
#include <stdexcept>

#include "bus/recording/reader.hpp"
#include "schema/uuid.hpp"

namespace epicura::tests::replay {
namespace {

// A member that nobody reads is a typing error, and would be an expectation that nobody checks.
void demand_known(const Json& object, std::initializer_list<std::string_view> known, const std::string& where) {
  if (!object.is_object()) throw std::runtime_error(where + " is no object");
  for (const auto& [member, value] : object.items()) {
    if (std::find(known.begin(), known.end(), member) == known.end())
      throw std::runtime_error(fmt::format("{}: '{}' is no member of it; legal are {}", where, member,
                                           fmt::join(known.begin(), known.end(), ", ")));
  }
}

void check_pot(const Json& pot, const std::string& where) {
  demand_known(pot, {"id", "registered", "rows", "summary", "twin", "presence"}, where);
  for (const auto& row : pot.value("rows", Json::array()))
    demand_known(row, {"metric", "ts", "seq", "value", "unit"}, where + ", rows");
  const auto sums = pot.value("summary", Json::object());
  for (const auto& [metric, summary] : sums.items())
    demand_known(summary, {"count", "min", "max", "sum", "first", "last"}, fmt::format("{}, {}", where, metric));
  const auto twin = pot.value("twin", Json::object());
  for (const auto& [metric, latest] : twin.items())
    demand_known(latest, {"value", "ts", "unit", "seq"}, where + ", twin");
  if (pot.contains("presence")) demand_known(pot["presence"], {"status", "epoch", "reason", "firmware"}, where);
}

void check(const Json& expected, const std::string& where) {
  demand_known(expected,
               {"about", "pots", "dead_letters", "counters", "replay", "shuffled", "doubled", "killed", "bus_killed"},
               where);
  for (const auto& [pot, content] : expected.at("pots").items()) check_pot(content, fmt::format("{}, {}", where, pot));
  for (const auto& letter : expected.value("dead_letters", Json::array()))
    demand_known(letter, {"code", "source", "origin", "count"}, where + ", dead_letters");
  demand_known(expected.value("replay", Json::object()), {"exit_code", "says"}, where + ", replay");
}

}  // namespace

std::string_view name(Way way) {
  switch (way) {
    case Way::in_order:
      return "in order";
    case Way::shuffled:
      return "shuffled";
    case Way::doubled:
      return "doubled";
    case Way::killed:
      return "killed";
    case Way::bus_killed:
      return "bus_killed";
  }
  return {};
}

Json Scenario::expected_when(Way way) const {
  Json out = expected;
  if (const auto patch = expected.find(std::string(replay::name(way))); patch != expected.end()) {
    out.merge_patch(*patch);
    check(out, name + "/expected.json, " + std::string(replay::name(way)));
  }
  return out;
}

Scenario load_scenario(const std::filesystem::path& directory) {
  Scenario out;
  out.name = directory.filename().string();
  bus::RecordingReader reader({directory / "recording.jsonl"}, true);
  for (RecordedMessage message; reader.next(message); message = {}) out.messages.push_back(message);
  const auto file = (directory / "expected.json").string();
  std::ifstream text(file);
  out.expected = Json::parse(text, nullptr, false);
  if (out.expected.is_discarded()) throw std::runtime_error(file + " is no JSON");
  check(out.expected, file);
  for (const auto& [pot, content] : out.expected.at("pots").items()) {
    const auto id = content.at("id").get<std::string>();
    if (!Uuid::parse(id)) throw std::runtime_error(fmt::format("{}: the id of {} is none: {}", file, pot, id));
    out.pots[pot] = id;
  }
  return out;
}

std::vector<Scenario> load_scenarios() {
  const char* only = std::getenv("REPLAY_SCENARIO");
  std::vector<std::filesystem::path> directories;
  for (const auto& entry : std::filesystem::directory_iterator(EPICURA_SOURCE_DIR "/tests/replay")) {
    if (entry.is_directory() && (only == nullptr || entry.path().filename() == only))
      directories.push_back(entry.path());
  }
  std::sort(directories.begin(), directories.end());
  std::vector<Scenario> out;
  out.reserve(directories.size());
  for (const auto& directory : directories) out.push_back(load_scenario(directory));
  return out;
}

std::vector<RecordedMessage> arranged(const Scenario& scenario, Way way, unsigned seed) {
  auto out = scenario.messages;
  if (way == Way::shuffled) std::shuffle(out.begin(), out.end(), std::mt19937{seed});
  if (way == Way::doubled) {
    std::vector<RecordedMessage> twice;
    for (const auto& message : out) twice.insert(twice.end(), 2, message);
    return twice;
  }
  return out;
}

void write_recording(const std::filesystem::path& file, const std::vector<RecordedMessage>& messages) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  RecordingHead head;
  head.source = "live";
  head.subjects = {"epicura.>"};
  if (!messages.empty()) head.begun_at = messages.front().at;
  out << encode_line(head);
  for (const auto& message : messages) out << encode_line(message);
  if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
}

}  // namespace epicura::tests::replay
