#include "bridge/kitchen/pot.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace epicura::bridge::kitchen {
namespace {

constexpr double step_s = 1;
constexpr double tap_water_c = 16;
constexpr double room_c = 22, room_swing_k = 2;
constexpr double room_humidity_percent = 42;
constexpr double fill_swing = 0.1;

// exp(-step / time constant).
const double sensor_decay = std::exp(-step_s / 4);
const double lid_decay = std::exp(-step_s / 75);
const double air_decay = std::exp(-step_s / 25);
const double stirrer_decay = std::exp(-step_s / 1.5);

template <typename T>
std::string names_of(std::span<const T> all) {
  std::string names;
  for (const T& each : all) names += std::string(each.name) + ", ";
  return names + "mixed";
}

}  // namespace

Pot::Pot(const PotKind& kind, const Program& program, const Draws& draws)
    : kind_(&kind),
      program_(&program),
      draws_(draws),
      ambient_c_(room_c + room_swing_k * draws.swing(Chance::ambient)),
      stagger_ms_(static_cast<std::int64_t>(draws.share(Chance::stagger) * program.cycle_s) * 1'000) {}

void Pot::advance_to(Timestamp time) {
  const std::int64_t cycle_ms = std::int64_t{program_->cycle_s} * 1'000;
  const std::int64_t ms = time.time_since_epoch().count() + stagger_ms_;
  std::int64_t cycle = ms / cycle_ms;
  if (ms % cycle_ms < 0) --cycle;  // before 1970
  const std::int64_t in_cycle_ms = ms - cycle * cycle_ms;
  const int wanted_s = static_cast<int>(in_cycle_ms / 1'000) + 1;
  time_ = time;
  if (cycle != cycle_ || wanted_s < at_s_) {
    cycle_ = cycle;
    fill();
  }
  while (at_s_ < wanted_s) step();
  part_ = static_cast<double>(in_cycle_ms % 1'000) / 1'000;
}

void Pot::fill() {
  const double fill_kg = kind_->fill_kg * program_->fill_share *
                         (1 + fill_swing * draws_.swing(Chance::fill, static_cast<std::uint64_t>(cycle_)));
  at_s_ = 0;
  phase_ = 0;
  phase_began_s_ = 0;
  regulator_ = {};
  const Content content{tap_water_c, fill_kg * program_->water_share, fill_kg * (1 - program_->water_share)};
  before_ = after_ = {content, tap_water_c, ambient_c_, room_humidity_percent, 0, 0};
}

void Pot::step() {
  const Phase& now = phase();
  before_ = after_;
  const double limit_w = now.power_share * kind_->vessel.power_limit_w;
  after_.stir_rpm = follow(before_.stir_rpm, now.stir_rpm, stirrer_decay);
  if (after_.stir_rpm < 0.5) after_.stir_rpm = 0;
  if (now.setpoint_c > boiling_c && before_.content.boils()) {
    after_.power_w = limit_w;
  } else {
    after_.power_w = now.setpoint_c > 0 ? regulator_.power_w(now.setpoint_c, before_.sensor_c, limit_w, step_s) : 0;
  }
  after_.content = heat(kind_->vessel, before_.content, {ambient_c_, now.lid, after_.stir_rpm, after_.power_w}, step_s);
  const double temperature_c = after_.content.temperature_c;
  after_.sensor_c = follow(before_.sensor_c, temperature_c, sensor_decay);
  const double lid_target_c = now.lid ? ambient_c_ + 0.75 * (temperature_c - ambient_c_) : ambient_c_;
  after_.lid_c = follow(before_.lid_c, lid_target_c, lid_decay);
  // How much vapour there is grows steeply with the temperature; a lid keeps it in.
  const double warmth = std::clamp((temperature_c - ambient_c_) / (boiling_c - ambient_c_), 0.0, 1.0);
  const double vapour = after_.content.water_kg > 0 ? warmth * warmth : 0;
  after_.humidity_percent =
      follow(before_.humidity_percent, room_humidity_percent + (now.lid ? 56 : 24) * vapour, air_decay);
  ++at_s_;

  const bool reached = now.until_reached && after_.sensor_c >= now.setpoint_c - 0.5;
  if (phase_ + 1 < program_->phases.size() && (reached || at_s_ - phase_began_s_ >= now.longest_s)) {
    ++phase_;
    phase_began_s_ = at_s_;
  }
}

PotState Pot::state() const {
  const auto between = [this](double before, double after) { return before + (after - before) * part_; };
  const Content& from = before_.content;
  const Content& to = after_.content;
  return {{between(from.temperature_c, to.temperature_c), between(from.water_kg, to.water_kg), to.dry_kg},
          between(before_.sensor_c, after_.sensor_c),
          between(before_.lid_c, after_.lid_c),
          between(before_.humidity_percent, after_.humidity_percent),
          between(before_.stir_rpm, after_.stir_rpm),
          after_.power_w};
}

Pot make_pot(std::string_view kind, std::string_view program, std::uint64_t seed, std::size_t place) {
  const Draws draws(seed, place);
  const auto kinds = pot_kinds();
  const PotKind* found_kind =
      kind == "mixed" ? &kinds[(place + scatter(seed) % kinds.size()) % kinds.size()] : find_pot_kind(kind);
  if (found_kind == nullptr) throw std::invalid_argument("a pot: " + names_of(kinds));
  if (program == "mixed") program = found_kind->programs[draws.bits(Chance::program) % found_kind->programs.size()];
  const Program* found = find_program(program);
  if (found == nullptr) throw std::invalid_argument("a program: " + names_of(programs()));
  return {*found_kind, *found, draws};
}

}  // namespace epicura::bridge::kitchen
