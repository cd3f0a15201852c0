#pragma once
// One pot at one moment, for people to look at.

#include <cstdint>
#include <string_view>

#include "schema/uuid.hpp"

namespace epicura::bridge::kitchen {

struct PotGlance {
  Uuid device;
  std::string_view kind, program, phase;  // names that live as long as the program
  double temperature_c = 0;
  double setpoint_c = 0;  // 0: no heating
  double hottest_c = 0;   // end of a scale for the temperature
  double power_w = 0;
  double stir_rpm = 0;
  bool lid = false;
  bool online = false;
  std::uint64_t sent = 0;
  std::uint64_t acknowledged = 0;
};

}  // namespace epicura::bridge::kitchen
