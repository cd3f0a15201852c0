#include "actors/request_metrics.hpp"

namespace epicura {

RequestMetrics::RequestMetrics(observe::Metrics& metrics) {
  const auto add = [&](const http::Route& route) {
    const observe::Labels labels{{"operation", std::string(route.name)}};
    const auto place = static_cast<std::size_t>(route.operation);
    if (index_.size() <= place) index_.resize(place + 1);
    index_[place] = all_.size();
    all_.push_back({metrics.gauge("epicura_requests_in_flight", "Requests at work, by operation", labels),
                    metrics.counter("epicura_requests_refused_total",
                                    "Requests answered 503 because too many were at work", labels),
                    metrics.counter("epicura_requests_timed_out_total",
                                    "Requests answered 504 because their deadline came first", labels),
                    metrics.counter("epicura_requests_cancelled_total",
                                    "Requests ended without an answer because their client had gone", labels)});
  };
  for (const auto& route : http::api_routes) add(route);
  for (const auto& route : http::operations_routes) add(route);
}

}  // namespace epicura
