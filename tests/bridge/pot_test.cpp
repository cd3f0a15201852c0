// The simulated pots: heat, programs, what is measured.

#include <doctest/doctest.h>

#include <cmath>
#include <set>
#include <stdexcept>

#include "bridge/kitchen/readings.hpp"

namespace epicura::bridge::kitchen {
namespace {

using std::chrono::seconds;

constexpr Vessel vessel{900, 2, 6, 2'000, 0.8};
constexpr Timestamp noon{Millis{1'760'000'400'000}};

TEST_CASE("heat: the closed form, whatever the length of the step") {
  const Surroundings around{20, true, 0, 500};
  const Content start{20, 0, 3};
  const double capacity = 900 + 3 * dry_j_kg_k;
  const double loss = 2;
  for (const double t : {1.0, 60.0, 3'600.0, 1e7}) {
    const double wanted = 20 + 0.8 * 500 / loss * (1 - std::exp(-t * loss / capacity));
    CHECK(heat(vessel, start, around, t).temperature_c == doctest::Approx(wanted).epsilon(1e-9));
  }
  Content stepped = start;
  for (int i = 0; i < 3'600; ++i) stepped = heat(vessel, stepped, around, 1);
  CHECK(stepped.temperature_c == doctest::Approx(heat(vessel, start, around, 3'600).temperature_c).epsilon(1e-9));

  const Content cooled = heat(vessel, {90, 0, 3}, {20, false, 0, 0}, 500);
  CHECK(cooled.temperature_c == doctest::Approx(20 + 70 * std::exp(-500 * 6 / capacity)));
}

TEST_CASE("heat: water boils at 100 C, all that is left over makes steam, and a dry pot gets hotter") {
  const Surroundings around{20, false, 0, 2'000};
  const Content start{100, 1, 0.5};
  const Content boiled = heat(vessel, start, around, 600);
  CHECK(boiled.temperature_c == boiling_c);
  CHECK(boiled.water_kg == doctest::Approx(1 - (0.8 * 2'000 - 6 * 80) * 600 / steam_j_kg));
  CHECK(boiled.dry_kg == 0.5);

  // From cold: the same to the plateau and on it, in one step and in many.
  const Content once = heat(vessel, {20, 1, 0.5}, around, 900);
  Content stepped{20, 1, 0.5};
  for (int i = 0; i < 900; ++i) stepped = heat(vessel, stepped, around, 1);
  CHECK(once.temperature_c == boiling_c);
  CHECK(stepped.temperature_c == boiling_c);
  CHECK(stepped.water_kg == doctest::Approx(once.water_kg).epsilon(0.01));

  const Content dry = heat(vessel, start, around, 4'000);
  CHECK(dry.water_kg == 0);
  CHECK(dry.temperature_c > 200);
  CHECK(dry.temperature_c < 20 + 0.8 * 2'000 / 6);

  // A pot that is no longer heated stops boiling; one of no water at all is no trouble.
  CHECK(heat(vessel, start, {20, false, 0, 0}, 10).temperature_c < boiling_c);
  CHECK(heat(vessel, {20, 0, 0}, around, 1).temperature_c > 20);
}

TEST_CASE("heat: the power limit, the lid and the stirring") {
  const Content start{60, 2, 1};
  const auto after = [&](bool lid, double rpm, double power_w) {
    return heat(vessel, start, {20, lid, rpm, power_w}, 60);
  };
  CHECK(after(true, 0, 1e6).temperature_c == after(true, 0, 2'000).temperature_c);
  CHECK(after(true, 0, -500).temperature_c == after(true, 0, 0).temperature_c);
  CHECK(after(true, 0, 800).temperature_c > after(false, 0, 800).temperature_c);
  CHECK(after(true, 0, 800).water_kg > after(false, 0, 800).water_kg);
  CHECK(after(false, 0, 800).temperature_c > after(false, 120, 800).temperature_c);
  const Content boiling{100, 2, 1};
  CHECK(heat(vessel, boiling, {20, true, 0, 2'000}, 60).water_kg >
        heat(vessel, boiling, {20, false, 0, 2'000}, 60).water_kg);
}

TEST_CASE("the regulator: within its bounds, and on its set-point in the end") {
  Regulator regulator;
  Content content{20, 2, 0.5};
  double power_w = 0;
  for (int s = 0; s < 3'600; ++s) {
    power_w = regulator.power_w(90, content.temperature_c, 2'000, 1);
    REQUIRE(power_w >= 0);
    REQUIRE(power_w <= 2'000);
    REQUIRE(content.temperature_c < 93);
    content = heat(vessel, content, {20, true, 0, power_w}, 1);
  }
  CHECK(content.temperature_c == doctest::Approx(90).epsilon(0.01));
  CHECK(power_w == doctest::Approx(2.0 * 70 / 0.8).epsilon(0.1));
}

TEST_CASE("kinds and programs: all can be made, and nothing else") {
  for (const PotKind& kind : pot_kinds()) {
    CHECK(find_pot_kind(kind.name) == &kind);
    CHECK_FALSE(kind.programs.empty());
    for (const auto program : kind.programs) CHECK(find_program(program) != nullptr);
  }
  for (const Program& program : programs()) {
    int longest_s = 0;
    for (const Phase& phase : program.phases) {
      longest_s += phase.longest_s;
      CHECK(phase.setpoint_c < program.hottest_c);
    }
    CHECK_MESSAGE(longest_s <= program.cycle_s, program.name);
    CHECK(program.phases.back().setpoint_c == 0);
  }
  CHECK(make_pot("skillet", "steam", 1, 0).program().name == "steam");
  CHECK_THROWS_AS(make_pot("kettle", "mixed", 1, 0), std::invalid_argument);
  CHECK_THROWS_AS(make_pot("mixed", "fry", 1, 0), std::invalid_argument);
  std::set<std::string_view> kinds, chosen;
  for (std::size_t place = 0; place < 100; ++place) {
    const Pot pot = make_pot("mixed", "mixed", 1, place);
    kinds.insert(pot.kind().name);
    chosen.insert(pot.program().name);
    const auto fitting = pot.kind().programs;
    CHECK(std::find(fitting.begin(), fitting.end(), pot.program().name) != fitting.end());
  }
  CHECK(kinds.size() == pot_kinds().size());
  CHECK(chosen.size() == programs().size());
}

TEST_CASE("a cycle: each kind in each program gets through its phases, within its bounds") {
  for (const PotKind& kind : pot_kinds()) {
    for (const auto name : kind.programs) {
      Pot pot = make_pot(kind.name, name, 7, 3);
      const Program& program = pot.program();
      std::set<std::string_view> phases;
      double hottest_c = 0, lightest_kg = 1e9, heaviest_kg = 0;
      int in_a_row = 0, longest_pause_s = 0;
      for (int s = 0; s < 2 * program.cycle_s; ++s) {
        pot.advance_to(noon + seconds{s});
        const PotState state = pot.state();
        phases.insert(pot.phase().name);
        hottest_c = std::max(hottest_c, state.content.temperature_c);
        lightest_kg = std::min(lightest_kg, state.content.weight_kg());
        heaviest_kg = std::max(heaviest_kg, state.content.weight_kg());
        in_a_row = pot.phase().name == "pause" ? in_a_row + 1 : 0;
        longest_pause_s = std::max(longest_pause_s, in_a_row);
        REQUIRE(state.power_w >= 0);
        REQUIRE(state.power_w <= kind.vessel.power_limit_w);
        REQUIRE(state.humidity_percent <= 100);
        REQUIRE(state.content.temperature_c > 10);
      }
      INFO(kind.name, " ", name, " hottest ", hottest_c, " C, ", lightest_kg, " to ", heaviest_kg, " kg, pause ",
           longest_pause_s, " s");
      CHECK(phases.size() == program.phases.size());
      CHECK(hottest_c < program.hottest_c);
      if (name == "sear") {
        CHECK(hottest_c > 200);
      } else {
        CHECK(hottest_c > 94);
        CHECK(hottest_c <= boiling_c);
        CHECK(lightest_kg > 0.3 * heaviest_kg);  // it does not boil dry
      }
      CHECK(lightest_kg < heaviest_kg);
      CHECK(longest_pause_s < program.cycle_s / 2);
    }
  }
}

TEST_CASE("a pot is a function of its time: however it is asked, forward, in leaps or back") {
  Pot steady = make_pot("saucepan", "simmer", 1, 0);
  Pot leaping = steady;
  const Metric temperature("temperature");
  std::vector<double> values;
  for (int s = 0; s < 5'000; ++s) {
    steady.advance_to(noon + seconds{s} + Millis{250});
    values.push_back(value_of(temperature, steady));
  }
  for (const int s : {4'321, 17, 2'600, 2'601, 0, 4'999}) {
    leaping.advance_to(noon + seconds{s} + Millis{250});
    CHECK(value_of(temperature, leaping) == values[static_cast<std::size_t>(s)]);
  }
  leaping.advance_to(Timestamp{Millis{-1'234'567}});
  CHECK(value_of(temperature, leaping) < 101);
}

TEST_CASE("seeds and places: the same again, others different and out of step") {
  const Metric temperature("temperature");
  const auto sequence = [&](std::uint64_t seed, std::size_t place) {
    Pot pot = make_pot("stockpot", "simmer", seed, place);
    std::vector<double> values;
    for (int s = 0; s < 100; ++s) {
      pot.advance_to(noon + seconds{s});
      values.push_back(value_of(temperature, pot));
    }
    return values;
  };
  CHECK(sequence(1, 0) == sequence(1, 0));
  CHECK(sequence(1, 0) != sequence(2, 0));
  CHECK(sequence(1, 0) != sequence(1, 1));
  std::set<std::string_view> phases;
  for (std::size_t place = 0; place < 40; ++place) {
    Pot pot = make_pot("stockpot", "simmer", 1, place);
    pot.advance_to(noon);
    phases.insert(pot.phase().name);
  }
  CHECK(phases.size() >= 4);
}

TEST_CASE("values: plausible, moving smoothly, with units; what no pot has is a wave") {
  Pot pot = make_pot("saucepan", "simmer", 1, 0);
  const std::vector<Metric> metrics{Metric("temperature"),      Metric("stir_speed"), Metric("power"),
                                    Metric("weight"),           Metric("humidity"),   Metric("lid_temperature"),
                                    Metric("fan.curious_thing")};
  const double least[] = {15, 0, 0, 1'100, 0, 15, 20};
  const double most[] = {101, 95, 1'800, 1'600, 100, 85, 80};
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    INFO(metrics[i].name);
    std::set<double> values;
    for (int s = 0; s < pot.program().cycle_s; ++s) {
      pot.advance_to(noon + seconds{s});
      const double value = value_of(metrics[i], pot);
      REQUIRE(value >= least[i]);
      REQUIRE(value <= most[i]);
      values.insert(value);
    }
    CHECK(values.size() > 100);
    CHECK(*values.rbegin() - *values.begin() > (most[i] - least[i]) / 8);
  }
  CHECK(metrics[0].unit == "C");
  CHECK(metrics[1].unit == "rpm");
  CHECK(metrics[6].unit.empty());
  CHECK(metrics[6].path == "/fan/curious_thing");
}

}  // namespace
}  // namespace epicura::bridge::kitchen
