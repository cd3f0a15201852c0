#pragma once
// What happens to the content of a heated pot. Pure.
//
// Lumped capacitance, first order (Incropera et al., "Fundamentals of Heat and Mass Transfer", section 5.1):
//
//   C dT/dt = efficiency * P - k * (T - T_ambient)      C = vessel + water_kg * c_water + dry_kg * c_dry
//   k = (loss with or without lid) * (1 + stirring_loss * rpm)
//
// With P, k and C constant over a step the solution is exact and stable for a step of any length:
//
//   T(t) = T_end + (T_0 - T_end) * exp(-t * k / C)      T_end = T_ambient + efficiency * P / k
//
// While there is water the content gets no hotter than 100 C: what power is left over makes steam, P_left / latent heat
// in kg/s, of which a lid sends most back. Without water the content goes above. Below boiling an open pot loses water
// too: part of k * (T - T_ambient) is the latent heat of what evaporates.

#include <algorithm>

namespace epicura::bridge::kitchen {

constexpr double water_j_kg_k = 4'186;
constexpr double dry_j_kg_k = 2'500;  // fat, meat, grain
constexpr double steam_j_kg = 2'257e3;
constexpr double boiling_c = 100;

struct Vessel {
  double capacity_j_k;
  double loss_covered_w_k;  // with its lid on
  double loss_open_w_k;
  double power_limit_w;
  double efficiency;  // of the power taken from the mains, what reaches the content
};

struct Content {
  double temperature_c;
  double water_kg;
  double dry_kg;

  double weight_kg() const { return water_kg + dry_kg; }
  bool boils() const { return water_kg > 0 && temperature_c >= boiling_c; }
};

struct Surroundings {
  double ambient_c;
  bool lid;
  double stir_rpm;
  double power_w;  // from the mains; what is above the vessel's limit is not taken
};

double loss_w_k(const Vessel& vessel, const Surroundings& around);
double capacity_j_k(const Vessel& vessel, const Content& content);
Content heat(const Vessel& vessel, Content content, const Surroundings& around, double seconds);

// A first-order follower with the step's exp(-dt / time constant) given: a sensor, a lid.
constexpr double follow(double from, double to, double decay) {
  return to + (from - to) * decay;
}

// Holds a temperature: proportional and integral, in watts, never below 0 or above `limit_w`. The integral stands still
// while the output is at a bound (anti-windup by conditional integration, Astrom and Hagglund, "PID Controllers").
struct Regulator {
  double integral_w = 0;

  double power_w(double setpoint_c, double measured_c, double limit_w, double seconds) {
    constexpr double band_k = 8;        // full power this far below the set-point
    constexpr double integral_s = 240;  // time constant of the integral
    const double error_k = setpoint_c - measured_c;
    const double gain_w_k = limit_w / band_k;
    const double wanted_w = gain_w_k * error_k + integral_w;
    if (wanted_w >= 0 && wanted_w <= limit_w) {
      integral_w = std::clamp(integral_w + gain_w_k * error_k * seconds / integral_s, 0.0, limit_w);
    }
    return std::clamp(wanted_w, 0.0, limit_w);
  }
};

}  // namespace epicura::bridge::kitchen
