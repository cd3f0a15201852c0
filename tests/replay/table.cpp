#include "tests/replay/table.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>

#include "actors/cli/registration.hpp"
#include "schema/replay_rewrite.hpp"
#include "tests/replay/compare.hpp"

namespace epicura::tests::replay {
namespace {

constexpr auto replay_limit = std::chrono::seconds{60 * slowness};
constexpr auto settle_limit = std::chrono::seconds{30 * slowness};
constexpr auto twin_limit = std::chrono::seconds{5 * slowness};  // behind the rows: the twins and what counts them

std::string played_id(const std::string& seed, const std::string& id) {
  auto mapping = DeviceMapping::from_seed(seed);
  std::string subject = "epicura." + id + ".status";
  std::string payload;
  mapping.apply(subject, payload);
  return subject.substr(8, 36);
}

void register_pots(const House& house, const Performance& performance) {
  std::vector<KitchenDevice> devices;
  for (const auto& [pot, id] : performance.scenario->pots) {
    if (!performance.scenario->expected["pots"][pot].value("registered", true)) continue;
    devices.push_back({});
    devices.back().id = *Uuid::parse(performance.ids.at(id));
  }
  const std::atomic<bool> stop{false};
  if (!cli::register_devices(house.stack.env("EPICURA_URL"), devices, "test-1", stop))
    throw std::runtime_error("devices cannot register");
}

// Played for about a second, so that there is a middle.
double speed_for_a_second(const std::vector<RecordedMessage>& messages) {
  const auto by_time = [](const auto& a, const auto& b) { return a.at < b.at; };
  const auto [first, last] = std::minmax_element(messages.begin(), messages.end(), by_time);
  return std::max(1e-3, static_cast<double>((last->at - first->at).count()) / 1000);
}

std::string_view moment(Way way) {
  if (way == Way::killed) return " (kill -9 of epicura in the middle, and start it again)";
  if (way == Way::bus_killed) return " (kill -9 of nats-server in the middle, and start it again)";
  return "";
}

void move_times_back(Json& twin, Millis shift) {
  for (auto& [metric, latest] : twin["latest"].items())
    latest["ts"] = format_rfc3339(*parse_rfc3339(latest["ts"].get<std::string>()) - shift);
}

}  // namespace

Table::Table(House& house) : house_(house), streams_(house), database_(house.stack.env("DATABASE_URL")) {
  // A reading that only PostgreSQL refuses: no device can send one as long as the checks before it are complete.
  database_.rows("alter table device_telemetry add constraint no_poison check (metric <> 'poison')");
  letters_before_ = streams_.end_of("DEAD_LETTER");
  counters_before_ = counters();
}

Performance Table::perform(const Scenario& scenario, Way way, unsigned seed) {
  Performance out;
  out.scenario = &scenario;
  out.way = way;
  out.seed = seed;
  const auto messages = arranged(scenario, way, seed);
  if (way == Way::shuffled || way == Way::doubled) {
    out.order.file =
        std::filesystem::path(EPICURA_BUILD_DIR) / "replay" / fmt::format("{}.{}.jsonl", scenario.name, name(way));
    write_recording(out.order.file, messages);
  } else {
    out.order.file = std::filesystem::path(EPICURA_SOURCE_DIR) / "tests/replay" / scenario.name / "recording.jsonl";
  }
  out.order.seed = fmt::format("{}-{}", scenario.name, ++performances_);
  const bool kills = way == Way::killed || way == Way::bus_killed;
  if (kills) out.order.speed = speed_for_a_second(messages);
  for (const auto& [pot, id] : scenario.pots) out.ids[id] = played_id(out.order.seed, id);
  register_pots(house_, out);
  const auto before = streams_.taken_in();
  Play play(house_, out.order);
  if (kills) kill_when_half_is_stored(way == Way::killed ? "epicura" : "nats", play, before, messages.size());
  out.played = play.wait(replay_limit);
  if (kills) house_.await_ready();
  return out;
}

void Table::kill_when_half_is_stored(const std::string& server, Play& play, std::uint64_t before,
                                     std::size_t messages) {
  REQUIRE(wait_until([&] { return streams_.taken_in() >= before + messages / 2 || play.ended(); }));
  ++kills_;
  if (!play.ended()) ++kills_in_the_middle_;
  house_.stack.kill(server);
  house_.stack.restart(server, false);
}

std::map<std::string, double> Table::counters() const {
  std::map<std::string, double> out;
  const auto text = http_get(house_.operations("/metrics")).body;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    const auto line = text.substr(at, end - at);
    const auto space = line.rfind(' ');
    if (!line.starts_with('#') && space != std::string::npos)
      out[line.substr(0, space)] = std::stod(line.substr(space));
    at = end + 1;
  }
  return out;
}

Outcome Table::outcome_of(const Performance& performance, bool alone) {
  const auto& scenario = *performance.scenario;
  const auto shift = performance.played.shift;
  Outcome out;
  out.exit_code = performance.played.exit_code;
  out.said = performance.played.said;
  for (const auto& [pot, recorded] : scenario.pots) {
    const auto& id = performance.ids.at(recorded);
    auto& found = out.pots[pot];
    for (const auto& row :
         database_.rows("select metric, (extract(epoch from recorded_at) * 1000)::bigint, seq, value, "
                        "unit from device_telemetry where device_id = $1::uuid "
                        "order by recorded_at, metric, seq",
                        {id}))
      found.rows.push_back({row[0], Timestamp{Millis{std::stoll(row[1])}} - shift, std::stoll(row[2]),
                            std::strtod(row[3].c_str(), nullptr), row[4]});
    for (const auto& row : database_.rows(
             "select status, status_epoch, status_reason, firmware_version from devices where id = $1::uuid", {id}))
      found.presence = StoredPresence{row[0], std::stoll(row[1]), row[2], row[3]};
    found.twin = Json::parse(http_get(house_.operations("/twins/" + id)).body, nullptr, false);
    if (found.twin.is_object() && found.twin.contains("latest")) move_times_back(found.twin, shift);
  }
  for (auto letter : streams_.dead_letters_behind(letters_before_)) {
    bool of_this = false;
    for (const auto& [recorded, id] : performance.ids) {
      const auto at = letter.origin.find(id);
      if (at == std::string::npos) continue;
      letter.origin.replace(at, id.size(), recorded);
      of_this = true;
    }
    for (const auto& expected : scenario.expected.value("dead_letters", Json::array()))
      of_this = of_this || expected.at("origin") == letter.origin;
    if (alone || of_this) ++out.letters[letter];
  }
  for (const auto& [counter, value] : counters()) out.counters[counter] = value - counters_before_[counter];
  return out;
}

void Table::look_at(const std::vector<Performance>& performances) {
  const bool settled = wait_until([this] { return streams_.settled(); }, settle_limit);
  CHECK_MESSAGE(settled, "the program does not acknowledge all that was played");
  for (const auto& performance : performances) {
    std::optional<std::string> difference;
    wait_until(
        [&] {
          difference = first_difference(*performance.scenario, performance.way,
                                        outcome_of(performance, performances.size() == 1));
          return !difference;
        },
        twin_limit);
    if (difference)
      FAIL_CHECK(performance.scenario->name << ", " << name(performance.way) << ": " << *difference << "\nby hand"
                                            << moment(performance.way) << ": " << Play::by_hand(performance.order));
  }
  letters_before_ = streams_.end_of("DEAD_LETTER");
  counters_before_ = counters();
}

}  // namespace epicura::tests::replay
