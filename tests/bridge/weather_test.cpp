#include "bridge/kitchen/weather.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace epicura::bridge::kitchen {
namespace {

constexpr std::uint64_t draws_made = 200'000;

// Within five standard deviations of a binomial distribution.
bool plausible(std::uint64_t count, double probability) {
  const double mean = probability * draws_made;
  return std::abs(static_cast<double>(count) - mean) <= 5 * std::sqrt(mean * (1 - probability)) + 1;
}

TEST_CASE("weather: as often as it is said") {
  for (const Weather& weather : weathers()) {
    INFO(weather.name);
    CHECK(find_weather(weather.name) == &weather);
    const Forecast forecast(weather, 0.1);
    const Draws draws(5, 17);
    std::uint64_t late = 0, doubled = 0, drops = 0, jumps = 0;
    for (std::uint64_t message = 0; message < draws_made; ++message) {
      const Mishap mishap = forecast.mishap(draws, message);
      late += mishap.late ? 1 : 0;
      doubled += mishap.doubled ? 1 : 0;
      drops += mishap.drop ? 1 : 0;
      jumps += mishap.jump ? 1 : 0;
      if (mishap.drop) REQUIRE((*mishap.drop >= weather.shortest_pause && *mishap.drop <= weather.longest_pause));
      if (mishap.jump) REQUIRE(std::abs(mishap.jump->count()) <= weather.longest_jump.count());
    }
    CHECK(plausible(late, weather.late));
    CHECK(plausible(doubled, weather.doubled));
    CHECK(plausible(drops, weather.drops_per_hour / 360));
    CHECK(plausible(jumps, weather.jumps_per_hour / 360));
  }
  CHECK(find_weather("hail") == nullptr);
}

TEST_CASE("weather: the same for the same seed, device and message, and for no other") {
  const Forecast forecast(*find_weather("storm"), 1);
  const auto pattern = [&](std::uint64_t seed, std::size_t device, bool backwards) {
    const Draws draws(seed, device);
    std::vector<int> out(500);
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::size_t message = backwards ? out.size() - 1 - i : i;
      const Mishap mishap = forecast.mishap(draws, message);
      out[message] = (mishap.late ? 1 : 0) + (mishap.doubled ? 2 : 0) + (mishap.drop ? 4 : 0) + (mishap.jump ? 8 : 0);
    }
    return out;
  };
  CHECK(pattern(1, 2, false) == pattern(1, 2, true));
  CHECK(pattern(1, 2, false) != pattern(2, 2, false));
  CHECK(pattern(1, 2, false) != pattern(1, 3, false));
  CHECK(pattern(1, 2, false) != pattern(2, 1, false));
}

TEST_CASE("clocks drift evenly, each its own way, and within the bound") {
  Weather weather;
  weather.drift_ppm = 100;
  const Forecast forecast(weather, 1);
  Millis fastest{0}, slowest{0};
  for (std::size_t device = 0; device < 50; ++device) {
    const Draws draws(1, device);
    const Millis day = forecast.drift(draws, std::chrono::hours{24});
    const Millis half = forecast.drift(draws, std::chrono::hours{12});
    CHECK(std::abs(day.count() - 2 * half.count()) <= 2);
    CHECK(std::abs(day.count()) <= 8'640);
    fastest = std::max(fastest, day);
    slowest = std::min(slowest, day);
    CHECK(Forecast(Weather{}, 1).drift(draws, std::chrono::hours{24}) == Millis{0});
  }
  CHECK(fastest > Millis{5'000});
  CHECK(slowest < Millis{-5'000});
}

}  // namespace
}  // namespace epicura::bridge::kitchen
