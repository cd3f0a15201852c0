#pragma once
// What the broker says of itself: the plugin's counters on $epicura/plugin, and messages that the broker had to drop.
// Used by one session's thread.

#include <string_view>

#include "actors/readiness.hpp"
#include "schema/observe/metrics.hpp"

namespace epicura {

class BrokerReport {
 public:
  BrokerReport(Readiness& readiness, observe::Metrics& metrics);
  void take(std::string_view topic, std::string_view payload);

 private:
  Readiness& readiness_;
  observe::Metrics& metrics_;
  observe::Gauge& dropped_;
  observe::Gauge& admitting_;
};

}  // namespace epicura
