#include "http/http_metrics.hpp"

#include <algorithm>
#include <functional>

namespace epicura::http {

namespace {

// Seconds. From what a request takes that asks nobody, to its deadline.
const std::vector<double> duration_bounds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                          0.05,   0.1,     0.25,   0.5,   1,      2.5,   5,    10};

observe::Counter& late(observe::Metrics& metrics, const std::string& server, const std::string& reason) {
  return metrics.counter("epicura_http_late_replies_total", "Replies that came too late, again or not at all",
                         {{"server", server}, {"reason", reason}});
}

}  // namespace

HttpMetrics::HttpMetrics(observe::Metrics& metrics, const std::string& server, RouteTable routes)
    : connections(metrics.gauge("epicura_http_connections", "Open connections", {{"server", server}})),
      accepted(metrics.counter("epicura_http_connections_accepted_total", "Connections accepted since the start",
                               {{"server", server}})),
      late_gone(late(metrics, server, "gone")),
      late_again(late(metrics, server, "again")),
      late_unanswered(late(metrics, server, "unanswered")),
      kept_(metrics.keep()),
      metrics_(metrics),
      server_(server),
      routes_(routes),
      answer_bytes_(metrics.counter("epicura_http_answer_bytes_total", "Bytes of answers", {{"server", server}})) {
  for (const Route& route : routes) operations_.push_back(of_operation(route.name));
  operations_.push_back(of_operation("unknown"));
}

HttpMetrics::OfOperation HttpMetrics::of_operation(std::string_view operation) {
  const observe::Labels labels{{"server", server_}, {"operation", std::string(operation)}};
  OfOperation out{};
  for (int digit = 1; digit <= 5; ++digit) {
    auto with_status = labels;
    with_status["status"] = std::to_string(digit) + "xx";
    out.classes[digit - 1] = &metrics_.counter("epicura_http_requests_total",
                                               "Requests answered, by operation and status class", with_status);
  }
  out.duration = &metrics_.histogram("epicura_http_request_duration_seconds",
                                     "From a request's last byte to its answer, by operation", duration_bounds, labels);
  return out;
}

void HttpMetrics::answered(const Route* route, int status, std::chrono::nanoseconds took, std::size_t bytes) {
  const bool known = route != nullptr && !std::less<>{}(route, routes_.data()) &&
                     std::less<>{}(route, routes_.data() + routes_.size());
  const auto& of = operations_[known ? static_cast<std::size_t>(route - routes_.data()) : routes_.size()];
  of.classes[std::clamp(status / 100, 1, 5) - 1]->Increment();
  of.duration->Observe(std::chrono::duration<double>(took).count());
  answer_bytes_.Increment(static_cast<double>(bytes));
}

void HttpMetrics::refused(std::string_view reason) {
  metrics_
      .counter("epicura_http_refused_input_total", "Input refused before it was a request, and connections cut short",
               {{"server", server_}, {"reason", std::string(reason)}})
      .Increment();
}

}  // namespace epicura::http
