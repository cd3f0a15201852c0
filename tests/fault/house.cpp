#include "tests/fault/house.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <stdexcept>

#include "actors/cli/kitchen_file.hpp"
#include "actors/cli/registration.hpp"

namespace epicura::tests {

void House::await_ready() const {
  if (wait_until([this] { return is_ready(); })) return;
  const auto log = stack.log("epicura");
  FAIL("not ready again: " << ready().body << "\n" << log.substr(log.size() - std::min<std::size_t>(log.size(), 4000)));
}

double House::metric(const std::string& name) const {
  const auto text = http_get(operations("/metrics")).body;
  const auto at = text.find("\n" + name + " ");
  return at == std::string::npos ? -1 : std::stod(text.substr(at + name.size() + 2));
}

std::vector<KitchenDevice> House::register_devices(std::size_t count) const {
  std::vector<KitchenDevice> devices;
  for (std::size_t i = 0; i < count; ++i) devices.push_back(cli::new_device());
  const std::atomic<bool> stop{false};
  if (!cli::register_devices(stack.env("EPICURA_URL"), devices, "test-1", stop))
    throw std::runtime_error("devices cannot register");
  return devices;
}

HttpAnswer House::post_reading(const KitchenDevice& device, Timestamp ts, std::int64_t seq, double value) const {
  const auto body = fmt::format(R"({{"readings":[{{"metric":"temperature","value":{},"ts":{},"seq":{}}}]}})", value,
                                ts.time_since_epoch().count(), seq);
  return http_post(api("/devices/" + device.id.str() + "/telemetry"), body, device.token);
}

}  // namespace epicura::tests
