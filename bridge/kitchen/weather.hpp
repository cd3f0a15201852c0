#pragma once
// The network's weather: what goes wrong between a device and its broker, decided for each message by (seed, device,
// number of the message) and by nothing else. Whatever the weather does, everything is sent in the end.

#include <optional>
#include <span>
#include <string_view>

#include "bridge/kitchen/draws.hpp"
#include "schema/time.hpp"

namespace epicura::bridge::kitchen {

struct Weather {
  std::string_view name = "calm";
  double late = 0;            // probability that a message is held back and goes out with the next one
  double doubled = 0;         // probability that a message is published twice
  double drops_per_hour = 0;  // connection losses of one device: abrupt, the broker publishes its will
  double drift_ppm = 0;       // of a device's clock, at most, fast or slow
  double jumps_per_hour = 0;  // of a device's clock, to somewhere within longest_jump of the right time
  Millis longest_jump{20'000};
  Millis shortest_pause{1'000};  // from a connection loss to the next try to connect
  Millis longest_pause{10'000};
};

std::span<const Weather> weathers();
const Weather* find_weather(std::string_view name);  // null: there is none of that name

// What happens to one message.
struct Mishap {
  bool late = false;
  bool doubled = false;
  std::optional<Millis> drop;  // the connection is lost after it, for this long
  std::optional<Millis> jump;  // the device's clock is this far off from now on
};

class Forecast {
 public:
  // Drops and jumps are drawn at each message, so `messages_per_second` must be above 0 where there are any.
  Forecast(const Weather& weather, double messages_per_second);

  Mishap mishap(const Draws& draws, std::uint64_t message) const;
  // How far a device's clock has drifted this long after the start.
  Millis drift(const Draws& draws, std::chrono::nanoseconds since_start) const;

 private:
  Weather weather_;
  double drop_ = 0;  // probability at each message
  double jump_ = 0;
  bool calm_;
};

}  // namespace epicura::bridge::kitchen
