#include "http/http_metrics.hpp"

namespace epicura::http {

namespace {

observe::Counter& late(observe::Metrics& metrics, const std::string& server, const std::string& reason) {
  return metrics.counter("epicura_http_late_replies_total", "Replies that came too late, again or not at all",
                         {{"server", server}, {"reason", reason}});
}

}  // namespace

HttpMetrics::HttpMetrics(observe::Metrics& metrics, const std::string& server)
    : connections(metrics.gauge("epicura_http_connections", "Open connections", {{"server", server}})),
      late_gone(late(metrics, server, "gone")),
      late_again(late(metrics, server, "again")),
      late_unanswered(late(metrics, server, "unanswered")),
      metrics_(metrics),
      server_(server) {
  for (int digit = 1; digit <= 5; ++digit)
    classes_[digit] = &metrics.counter("epicura_http_requests_total", "Requests answered, by status class",
                                       {{"server", server}, {"status", std::to_string(digit) + "xx"}});
  classes_[0] = classes_[5];
}

void HttpMetrics::answered(int status) {
  const int digit = status / 100;
  classes_[digit >= 1 && digit <= 5 ? digit : 0]->Increment();
}

void HttpMetrics::refused(std::string_view reason) {
  metrics_
      .counter("epicura_http_refused_input_total", "Input refused before it was a request, and connections cut short",
               {{"server", server_}, {"reason", std::string(reason)}})
      .Increment();
}

}  // namespace epicura::http
