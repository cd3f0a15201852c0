#pragma once
// A stack with the words in which fault tests speak of it. One thread uses it.

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "bridge/kitchen/fleet.hpp"
#include "tests/fault/database.hpp"
#include "tests/fault/http_client.hpp"
#include "tests/fault/process.hpp"
#include "tests/stack/stack.hpp"

namespace epicura::tests {

using bridge::kitchen::KitchenDevice;
using namespace std::chrono_literals;

// Looks every 10 ms until it is so; false after the limit.
template <class Condition>
bool wait_until(Condition condition, std::chrono::milliseconds limit = 30s) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(10ms);
  }
  return true;
}

class House {
 public:
  explicit House(StackOptions options = {}) : stack(std::move(options)) {}

  Stack stack;

  std::string api(const std::string& path) const { return stack.env("EPICURA_URL") + "/api/v1" + path; }
  std::string operations(const std::string& path) const { return stack.env("EPICURA_OPS_URL") + path; }
  HttpAnswer ready() const { return http_get(operations("/ready")); }
  bool is_ready() const { return ready().status == 200; }
  void await_ready() const;  // fails the test with what is missing, and the program's last lines
  // A line of /metrics: metric("epicura_rows_written_total"), metric(R"(epicura_x{y="z"})"); -1: no such line.
  double metric(const std::string& name) const;
  ProcessFacts program() const { return facts_of(stack.pid("epicura")); }
  Database database() const { return Database(stack.env("DATABASE_URL")); }
  int mqtt_port() const { return std::stoi(stack.env("MQTT_PORT")); }

  // New devices, registered over HTTP.
  std::vector<KitchenDevice> register_devices(std::size_t count) const;
  // One reading of metric `temperature` over HTTP, with the device's own token.
  HttpAnswer post_reading(const KitchenDevice& device, Timestamp ts, std::int64_t seq, double value) const;
};

}  // namespace epicura::tests
