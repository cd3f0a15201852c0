#include "bridge/kitchen/weather.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace epicura::bridge::kitchen {
namespace {

constexpr Weather all[] = {
    {"calm"},
    {"fair", 0.01, 0.005, 1, 20, 0},
    {"rough", 0.1, 0.05, 12, 100, 1},
    {"storm", 0.3, 0.2, 120, 500, 12},
};

Millis scaled(Millis time, double share) {
  return Millis{static_cast<Millis::rep>(static_cast<double>(time.count()) * share)};
}

}  // namespace

std::span<const Weather> weathers() {
  return all;
}

const Weather* find_weather(std::string_view name) {
  const auto* found = std::find_if(std::begin(all), std::end(all), [&](const auto& each) { return each.name == name; });
  return found == std::end(all) ? nullptr : found;
}

Forecast::Forecast(const Weather& weather, double messages_per_second) : weather_(weather) {
  if (messages_per_second > 0) {
    drop_ = std::min(1.0, weather.drops_per_hour / 3'600 / messages_per_second);
    jump_ = std::min(1.0, weather.jumps_per_hour / 3'600 / messages_per_second);
  }
  calm_ = weather.late <= 0 && weather.doubled <= 0 && drop_ <= 0 && jump_ <= 0;
}

Mishap Forecast::mishap(const Draws& draws, std::uint64_t message) const {
  Mishap out;
  if (calm_) return out;
  out.late = draws.happens(Chance::late, message, weather_.late);
  out.doubled = draws.happens(Chance::doubled, message, weather_.doubled);
  if (draws.happens(Chance::drop, message, drop_)) {
    const Millis range = weather_.longest_pause - weather_.shortest_pause;
    out.drop = weather_.shortest_pause + scaled(range, draws.share(Chance::pause, message));
  }
  if (draws.happens(Chance::jump, message, jump_)) {
    out.jump = scaled(weather_.longest_jump, draws.swing(Chance::jump_size, message));
  }
  return out;
}

Millis Forecast::drift(const Draws& draws, std::chrono::nanoseconds since_start) const {
  if (weather_.drift_ppm <= 0) return Millis{0};
  const double ms = std::chrono::duration<double, std::milli>(since_start).count();
  return Millis{std::llround(ms * 1e-6 * weather_.drift_ppm * draws.swing(Chance::drift))};
}

}  // namespace epicura::bridge::kitchen
