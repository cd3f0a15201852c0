#pragma once
// What the plugin has let through and refused since the broker started, and the lines it writes about it.

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bridge/plugin/refusal.hpp"

namespace epicura::bridge::plugin {

struct Tally {
  std::uint64_t connects = 0;          // accepted log-ins
  std::uint64_t retained_cleared = 0;  // publications whose retained flag was taken off
  std::array<std::uint64_t, refusal_names.size()> refused{};

  std::uint64_t& operator[](Refusal refusal) { return refused[static_cast<std::size_t>(refusal)]; }
};

struct Situation {
  bool admitting = false;
  std::size_t connected = 0;      // clients, the bridge's two among them
  std::size_t backlog_bytes = 0;  // what is queued, estimated from above
};

// {"admitting":true,"connected":3,"backlog_bytes":1,"connects":5,"retained_cleared":0,"refused":{"anonymous":0,...}}
std::string to_json(const Tally& tally, const Situation& situation);

// At most one line a second for refusals of any kind: a flood of bad log-ins must not become a flood of lines.
class RefusalLog {
 public:
  using Time = std::chrono::steady_clock::time_point;
  // `about`: client id or topic, as it came; it is cut and its control characters are masked.
  std::optional<std::string> line(Refusal refusal, std::string_view about, std::string_view address, Time now);

 private:
  std::optional<Time> last_;
  std::uint64_t unsaid_ = 0;
};

}  // namespace epicura::bridge::plugin
