#pragma once
// What a simulated device measures: its pot, as its sensors have it, with noise; a metric that no pot has is a slow
// wave. Pure: the same pot at the same time gives the same value.

#include <cstdint>
#include <string>
#include <string_view>

#include "bridge/kitchen/pot.hpp"

namespace epicura::bridge::kitchen {

enum class Measure : std::uint8_t { temperature, stir_speed, power, weight, humidity, lid_temperature, other };

// A metric, looked up once for the whole fleet.
struct Metric {
  explicit Metric(std::string_view name);

  std::string name;  // levels joined by '.'
  std::string path;  // "/lid/temperature"
  Measure measure;
  std::string_view unit;     // empty: none known
  std::uint64_t signal = 0;  // tells the noise of metrics apart
};

// As of the pot's time, rounded to hundredths.
double value_of(const Metric& metric, const Pot& pot);

}  // namespace epicura::bridge::kitchen
