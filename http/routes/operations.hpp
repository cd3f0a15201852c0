#pragma once
// What operators ask, on a port that is not reachable from outside.

#include "http/routes/devices.hpp"
#include "http/routes/documents.hpp"

namespace epicura::http {

inline constexpr std::array metrics_query{
    Parameter{.name = "name[]",
              .repeatable = true,
              .description = "only this metric; several may be named",
              .example = "epicura_rows_written_total"},
};

inline constexpr std::array operations_routes{
    health_route,
    Route{.method = Method::get,
          .path = "/ready",
          .operation = Operation::get_dependencies,
          .name = "getDependencies",
          .access = Access::anyone,
          .success = {{{200, "Everything can be done.", "Dependencies"},
                       {503, "Something cannot be done now.", "Dependencies"}}},
          .tag = "operations",
          .summary = "Able to do everything, or what is not",
          .who = "anyone"},
    Route{.method = Method::get,
          .path = "/metrics",
          .operation = Operation::get_metrics,
          .name = "getMetrics",
          .access = Access::anyone,
          .query = metrics_query,
          .success = {{{200, "Prometheus's text format.", {}, "text/plain"}}},
          .tag = "operations",
          .summary = "Counters and gauges for Prometheus",
          .who = "anyone"},
    Route{.method = Method::get,
          .path = "/twins/{id}",
          .operation = Operation::get_twin,
          .name = "getTwin",
          .access = Access::anyone,
          .in_path = device_in_path,
          .success = {{{200, "The twin.", "Twin"}}},
          .problems = no_device,
          .tag = "operations",
          .summary = "What the cloud last heard of a device",
          .who = "anyone"},
};

}  // namespace epicura::http
