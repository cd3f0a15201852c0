#pragma once
// One simulated pot: its content, lid and sensors, and the program it follows. What it is at a time is a pure function
// of (seed, place in the fleet, time): cycles begin at fixed times, staggered by the seed, and each begins with a pot
// freshly filled and is stepped on a grid of seconds. So it does not matter when and how often it is asked.
// Going forward costs one step for each second; going back, or into another cycle, the steps since that cycle's start.

#include "bridge/kitchen/draws.hpp"
#include "bridge/kitchen/pots.hpp"
#include "bridge/kitchen/programs.hpp"
#include "schema/time.hpp"

namespace epicura::bridge::kitchen {

// Without noise.
struct PotState {
  Content content;
  double sensor_c;  // the content's temperature as the sensor has it: a few seconds behind
  double lid_c;
  double humidity_percent;  // of the air above the content
  double stir_rpm;
  double power_w;
};

class Pot {
 public:
  Pot(const PotKind& kind, const Program& program, const Draws& draws);

  void advance_to(Timestamp time);

  // As of the last advance_to().
  Timestamp time() const { return time_; }
  PotState state() const;
  const Phase& phase() const { return program_->phases[phase_]; }

  const PotKind& kind() const { return *kind_; }
  const Program& program() const { return *program_; }
  const Draws& draws() const { return draws_; }

 private:
  void fill();  // begins the cycle
  void step();  // one second

  const PotKind* kind_;
  const Program* program_;
  Draws draws_;
  double ambient_c_;
  std::int64_t stagger_ms_;
  Timestamp time_{};
  std::int64_t cycle_ = -1;
  int at_s_ = 0;     // of the cycle: the time of `after_`
  double part_ = 0;  // of the way from `before_` to `after_`
  std::size_t phase_ = 0;
  int phase_began_s_ = 0;
  Regulator regulator_;
  PotState before_{}, after_{};
};

// The pot at a place of the fleet. `kind` and `program` are names, or `mixed`: all kinds in turn, from one that the
// seed chooses, and a program that suits the pot. Throws std::invalid_argument with what is legal.
Pot make_pot(std::string_view kind, std::string_view program, std::uint64_t seed, std::size_t place);

}  // namespace epicura::bridge::kitchen
