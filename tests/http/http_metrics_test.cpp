#include "http/http_metrics.hpp"

#include <doctest/doctest.h>

using namespace epicura;
using namespace epicura::http;

TEST_CASE("what is answered is counted by operation and status class, and what found no route under one name") {
  observe::Metrics metrics;
  HttpMetrics counted(metrics, "api", api_routes);
  const auto& device = *match(api_routes, "GET", "/devices/0198c0de-0000-7000-8000-00000000abcd").route;
  counted.answered(&device, 200, std::chrono::microseconds{300}, 100);
  counted.answered(&device, 404, std::chrono::microseconds{300}, 10);
  counted.answered(nullptr, 404, std::chrono::seconds{20}, 1);
  counted.answered(&operations_routes[0], 503, std::chrono::seconds{0}, 0);  // of another table
  counted.answered(nullptr, 999, std::chrono::seconds{0}, 0);
  const auto requests = [&](const std::string& operation, const std::string& status) {
    return metrics
        .counter("epicura_http_requests_total", "", {{"server", "api"}, {"operation", operation}, {"status", status}})
        .Value();
  };
  CHECK(requests("getDevice", "2xx") == 1);
  CHECK(requests("getDevice", "4xx") == 1);
  CHECK(requests("getDevice", "5xx") == 0);
  CHECK(requests("unknown", "4xx") == 1);
  CHECK(requests("unknown", "5xx") == 2);
  CHECK(metrics.counter("epicura_http_answer_bytes_total", "", {{"server", "api"}}).Value() == 111);
  const auto text = metrics.text();
  CHECK(text.find(R"(seconds_bucket{operation="getDevice",server="api",le="0.00025"} 0)") != std::string::npos);
  CHECK(text.find(R"(seconds_bucket{operation="getDevice",server="api",le="0.0005"} 2)") != std::string::npos);
  CHECK(text.find(R"(seconds_bucket{operation="unknown",server="api",le="10"} 2)") != std::string::npos);
  CHECK(text.find(R"(seconds_count{operation="unknown",server="api"} 3)") != std::string::npos);
}
