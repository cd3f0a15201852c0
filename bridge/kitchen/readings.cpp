#include "bridge/kitchen/readings.hpp"

#include <cmath>
#include <numbers>

namespace epicura::bridge::kitchen {
namespace {

struct Signal {
  std::string_view metric;
  std::string_view unit;
  double middle;
  double swing;     // of the slow wave, up and down
  double period_s;  // of the slow wave
  double noise;     // at most, up and down
};

// A pot that simmers and is stirred.
constexpr Signal signals[] = {
    {"temperature", "C", 95, 12, 600, 0.4}, {"stir_speed", "rpm", 60, 20, 240, 1.5},
    {"power", "W", 1'100, 600, 300, 15},    {"weight", "g", 1'500, 250, 3'600, 2},
    {"humidity", "%", 60, 15, 900, 0.8},    {"lid_temperature", "C", 60, 8, 600, 0.3},
};
constexpr Signal any_other{"", "", 50, 25, 450, 0.5};

const Signal& signal_of(std::string_view metric) {
  for (const Signal& signal : signals) {
    if (signal.metric == metric) return signal;
  }
  return any_other;
}

// Bits to bits without a pattern (the finalizer of splitmix64).
std::uint64_t scatter(std::uint64_t bits) {
  bits += 0x9E3779B97F4A7C15;
  bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
  bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
  return bits ^ (bits >> 31);
}

double share(std::uint64_t bits) {
  return static_cast<double>(bits >> 11) * 0x1p-53;
}  // 0 up to 1

}  // namespace

std::string_view unit_of(std::string_view metric) {
  return signal_of(metric).unit;
}

double value_of(std::string_view metric, std::uint64_t device, Timestamp ts) {
  const Signal& signal = signal_of(metric);
  std::uint64_t name = 0;
  for (const char c : metric) name = name * 31 + static_cast<unsigned char>(c);
  const std::uint64_t source = scatter(device ^ scatter(name));
  const std::int64_t ms = ts.time_since_epoch().count();
  const double turns = static_cast<double>(ms) / 1'000 / signal.period_s + share(source);
  const double noise = 2 * share(scatter(source ^ static_cast<std::uint64_t>(ms))) - 1;
  const double value = signal.middle + signal.swing * std::sin(2 * std::numbers::pi * turns) + signal.noise * noise;
  return std::round(value * 100) / 100;
}

}  // namespace epicura::bridge::kitchen
