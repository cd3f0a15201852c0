#pragma once
// What a simulated pot cooks: phases one after another, from a pot freshly filled to a pause, and then again from the
// start, so that no pot ever stands still for good.

#include <span>
#include <string_view>

namespace epicura::bridge::kitchen {

struct Phase {
  std::string_view name;
  double setpoint_c;   // 0: no heating. Above 100 with water in the pot: it boils at all the power it may take.
  double power_share;  // of the pot's limit, at most
  double stir_rpm;
  int longest_s;
  bool lid;
  bool until_reached;  // ends as soon as the set-point is measured
};

struct Program {
  std::string_view name;
  double fill_share;              // of what the pot holds
  double water_share;             // of the filling; the rest is dry
  double hottest_c;               // end of a scale to show it on
  std::span<const Phase> phases;  // the last one is the pause, which lasts until the cycle ends
  int cycle_s;
};

std::span<const Program> programs();
const Program* find_program(std::string_view name);  // null: there is none of that name

}  // namespace epicura::bridge::kitchen
