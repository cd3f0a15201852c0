#include "bridge/kitchen/fleet.hpp"

#include <stdexcept>

#include "bridge/kitchen/pot.hpp"
#include "bridge/kitchen/run.hpp"
#include "schema/metric.hpp"

namespace epicura::bridge::kitchen {
namespace {

void require(bool holds, const char* what_is_legal) {
  if (!holds) throw std::invalid_argument(what_is_legal);
}

}  // namespace

Fleet::Fleet(FleetSettings settings, std::vector<KitchenDevice> devices)
    : settings_(std::move(settings)), devices_(std::move(devices)) {
  require(!devices_.empty(), "at least one device");
  require(!settings_.metrics.empty(), "at least one metric");
  for (const std::string& metric : settings_.metrics) {
    require(is_metric_name(metric), "a metric is 1 to 4 levels of [A-Za-z0-9_-]{1,64}, joined by '.'");
  }
  require(settings_.readings_per_message >= 1 && settings_.readings_per_message <= settings_.metrics.size(),
          "readings in a message: from 1 to the number of metrics");
  require(settings_.qos == 0 || settings_.qos == 1, "QoS 0 or 1");
  require(settings_.window >= 1 && settings_.window <= 10'000, "a window from 1 to 10000");
  require(settings_.messages_per_second >= 0 && settings_.messages_per_second <= 1e6,
          "messages a second from 0 to 1e6");
  require(settings_.connects_per_second > 0, "more than 0 connects a second");
  make_pot(settings_.pot, settings_.program, settings_.seed, 0);  // throws where there is none of that name
  const Weather& weather = settings_.weather;
  require(weather.late >= 0 && weather.late <= 1 && weather.doubled >= 0 && weather.doubled <= 1,
          "probabilities from 0 to 1");
  require(weather.drops_per_hour >= 0 && weather.jumps_per_hour >= 0 && weather.drift_ppm >= 0, "weather of 0 or more");
  require(settings_.messages_per_second > 0 || (weather.drops_per_hour == 0 && weather.jumps_per_hour == 0),
          "weather with connection losses or clock jumps only with a rate above 0: they are drawn at each message");
}

FleetReport Fleet::run(const std::atomic<bool>& stop, const FleetEvents& events) {
  return Run(settings_, devices_, events).until_done(stop);
}

}  // namespace epicura::bridge::kitchen
