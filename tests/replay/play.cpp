#include "tests/replay/play.hpp"

#include <fmt/format.h>

#include <fstream>
#include <stdexcept>

#include "schema/bounded_json.hpp"

namespace epicura::tests::replay {
namespace {

std::vector<std::string> words_of(const PlayOrder& order) {
  return {"replay",           "--unsealed", "--speed",   order.speed == 0 ? "max" : fmt::format("{}", order.speed),
          "--times",          "now",        "--devices", "new:" + order.seed,
          order.file.string()};
}

std::string content(const std::string& file) {
  std::ifstream text(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(text), {}};
}

}  // namespace

Play::Play(const House& house, const PlayOrder& order)
    : log_((house.stack.run_dir() / "log" / ("replay-" + order.seed + ".log")).string()) {
  // What tests are told is no setting of the program, which refuses to start with one that it does not know.
  std::vector<std::string> words{
      "env", "-u", "EPICURA_SOAK", "-u", "EPICURA_FAULT_SEED", house.stack.env("EPICURA_BIN")};
  for (auto& word : words_of(order)) words.push_back(std::move(word));
  words.insert(words.end() - 1, {"--json", "--quiet"});
  process_.start({words, {"NATS_REPLAYER_URL=" + house.stack.env("NATS_REPLAYER_URL")}, log_});
}

Played Play::wait(std::chrono::seconds limit) {
  if (!tests::wait_until([this] { return ended(); }, limit))
    throw std::runtime_error(fmt::format("epicura replay still plays after {} s: {}", limit.count(), content(log_)));
  Played out;
  out.exit_code = process_.exit_code();
  out.said = content(log_);
  if (const auto at = out.said.find("{\"messages\":"); at != std::string::npos) {
    const auto counts = Json::parse(out.said.substr(at, out.said.find('\n', at) - at), nullptr, false);
    if (!counts.is_discarded()) out.shift = Millis{counts.value("shift_ms", std::int64_t{0})};
  }
  return out;
}

std::string Play::by_hand(const PlayOrder& order) {
  const auto words = words_of(order);
  return "set -a; . .run/env; set +a; $EPICURA_BIN " + fmt::format("{}", fmt::join(words, " "));
}

}  // namespace epicura::tests::replay
