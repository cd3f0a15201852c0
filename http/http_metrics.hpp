#pragma once
// The front end's counters, one set a server.

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/route_table.hpp"
#include "schema/observe/metrics.hpp"

namespace epicura::http {

// Any thread. The counters that it names can be counted on as long as it is there; refused() needs the Metrics too.
class HttpMetrics {
 public:
  HttpMetrics(observe::Metrics& metrics, const std::string& server, RouteTable routes = {});

  // `route`: of the table, or null where the request found none; `took`: from the last byte to the answer; `bytes`: of
  // it.
  void answered(const Route* route, int status, std::chrono::nanoseconds took, std::size_t bytes);
  void refused(std::string_view reason);  // input that never became a request, or a connection that was cut short

  observe::Gauge& connections;
  observe::Counter& accepted;         // connections since the start: few, where clients and proxies keep theirs
  observe::Counter& late_gone;        // answered when the client had gone
  observe::Counter& late_again;       // answered a second time
  observe::Counter& late_unanswered;  // the handler let go of its Reply: 500

 private:
  struct OfOperation {
    observe::Counter* classes[5];  // by the status' first digit
    observe::Histogram* duration;
  };
  OfOperation of_operation(std::string_view operation);

  const std::shared_ptr<const void> kept_;  // a late Reply counts when nobody asks for the figures any more
  observe::Metrics& metrics_;
  const std::string server_;
  const RouteTable routes_;
  observe::Counter& answer_bytes_;
  std::vector<OfOperation> operations_;  // as in the table, and behind them the one of what is not in it
};

}  // namespace epicura::http
