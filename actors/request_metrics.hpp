#pragma once
// What the requests at work show on /metrics beside what the front end counts, by operation.

#include <vector>

#include "http/route_table.hpp"
#include "schema/observe/metrics.hpp"

namespace epicura {

struct RequestCounters {
  observe::Gauge& in_flight;
  observe::Counter& refused;    // too many were at work: 503
  observe::Counter& timed_out;  // its deadline came first: 504
  observe::Counter& cancelled;  // its client had gone: not answered
};

// Any thread.
class RequestMetrics {
 public:
  explicit RequestMetrics(observe::Metrics& metrics);
  const RequestCounters& of(http::Operation operation) const {
    return all_[index_[static_cast<std::size_t>(operation)]];
  }

 private:
  std::vector<RequestCounters> all_;
  std::vector<std::size_t> index_;  // by operation
};

}  // namespace epicura
