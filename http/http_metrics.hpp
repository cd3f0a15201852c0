#pragma once
// The front end's counters, one set a server.

#include <string>
#include <string_view>

#include "schema/observe/metrics.hpp"

namespace epicura::http {

class HttpMetrics {
 public:
  HttpMetrics(observe::Metrics& metrics, const std::string& server);

  void answered(int status);
  void refused(std::string_view reason);  // input that never became a request, or a connection that was cut short

  observe::Gauge& connections;
  observe::Counter& late_gone;        // answered when the client had gone
  observe::Counter& late_again;       // answered a second time
  observe::Counter& late_unanswered;  // the handler let go of its Reply: 500

 private:
  observe::Metrics& metrics_;
  std::string server_;
  observe::Counter* classes_[6];  // by the status' first digit
};

}  // namespace epicura::http
