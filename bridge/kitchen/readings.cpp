#include "bridge/kitchen/readings.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace epicura::bridge::kitchen {
namespace {

struct Known {
  std::string_view name;
  Measure measure;
  std::string_view unit;
};

constexpr Known knowns[] = {
    {"temperature", Measure::temperature, "C"},
    {"stir_speed", Measure::stir_speed, "rpm"},
    {"power", Measure::power, "W"},
    {"weight", Measure::weight, "g"},
    {"humidity", Measure::humidity, "%"},
    {"lid_temperature", Measure::lid_temperature, "C"},
};
constexpr Known unknown{"", Measure::other, ""};

const Known& known_as(std::string_view name) {
  for (const Known& known : knowns) {
    if (known.name == name) return known;
  }
  return unknown;
}

constexpr double wave_s = 450;

double wave(const Metric& metric, const Pot& pot) {
  const double turns = static_cast<double>(pot.time().time_since_epoch().count()) / 1'000 / wave_s +
                       pot.draws().share_of_signal(metric.signal);
  return 50 + 25 * std::sin(2 * std::numbers::pi * turns);
}

}  // namespace

Metric::Metric(std::string_view given)
    : name(given), path("/" + name), measure(known_as(given).measure), unit(known_as(given).unit) {
  std::replace(path.begin(), path.end(), '.', '/');
  for (const char c : name) signal = signal * 31 + static_cast<unsigned char>(c);
}

double value_of(const Metric& metric, const Pot& pot) {
  const double noise = pot.draws().noise(metric.signal, pot.time().time_since_epoch().count());
  const PotState state = pot.state();
  double value = 0;
  switch (metric.measure) {
    case Measure::temperature:
      value = state.sensor_c + 0.15 * noise;
      break;
    case Measure::stir_speed:  // a stirrer that stands has no noise, nor has a heater that is off
      value = state.stir_rpm > 0 ? std::max(0.0, state.stir_rpm + 0.8 * noise) : 0;
      break;
    case Measure::power:
      value = std::clamp(state.power_w * (1 + 0.01 * noise), 0.0, pot.kind().vessel.power_limit_w);
      break;
    case Measure::weight:
      value = state.content.weight_kg() * 1'000 + noise;
      break;
    case Measure::humidity:
      value = std::clamp(state.humidity_percent + 0.5 * noise, 0.0, 100.0);
      break;
    case Measure::lid_temperature:
      value = state.lid_c + 0.2 * noise;
      break;
    case Measure::other:
      value = wave(metric, pot) + 0.5 * noise;
      break;
  }
  return std::round(value * 100) / 100;
}

}  // namespace epicura::bridge::kitchen
