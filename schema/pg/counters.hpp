#pragma once
// What a client shows on /metrics, under its name: epicura_pg_{connected, units_total, failures_total{kind},
// reconnects_total}.

#include <string>

#include "schema/observe/metrics.hpp"
#include "schema/pg/outcome.hpp"

namespace epicura::pg {

struct Counters {
  Counters(observe::Metrics& metrics, const std::string& client);
  void ended(const Outcome& outcome);  // a unit, in whatever way

  observe::Gauge& connected;
  observe::Counter& units;
  observe::Counter& away;
  observe::Counter& timeout;
  observe::Counter& refused;
  observe::Counter& reconnects;
};

}  // namespace epicura::pg
