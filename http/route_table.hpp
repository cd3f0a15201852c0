#pragma once
// The one table that says which requests exist: method, path, operation, who may, which query parameters are legal,
// how unknown body fields are taken, how large a body may be. Routing, checks and documents come from it.

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace epicura::http {

// What a handler switches on.
enum class Operation {
  get_health,
  get_ready,
  get_dependencies,
  get_metrics,
  get_twin,
  register_device,
  get_device,
  post_telemetry,
  get_telemetry,
};

enum class Access {
  anyone,
  signed_in,  // a person or a device with a valid token; what of it they see is the handler's to say
  device,     // the device of the path, with its own token
};

// Old and new firmware live side by side, so what devices send may carry fields that this version does not know.
enum class UnknownFields { refused, ignored };

struct QueryParameter {
  std::string_view name;
  bool repeatable = false;
};

struct Route {
  Method method;
  std::string_view path;  // segments in braces are parameters: "/devices/{id}/telemetry"
  Operation operation;
  std::string_view name;  // of the operation, for logs and documents: "getDevice"
  Access access;
  std::span<const QueryParameter> query;
  UnknownFields unknown_fields = UnknownFields::refused;
  std::size_t max_body = 4096;  // bytes; routes that take no body ignore a small one
};

using RouteTable = std::span<const Route>;

inline constexpr std::array telemetry_query{
    QueryParameter{"metric", true}, QueryParameter{"from"},   QueryParameter{"to"},
    QueryParameter{"limit"},        QueryParameter{"cursor"},
};

inline constexpr std::array api_routes{
    Route{Method::get, "/health", Operation::get_health, "getHealth", Access::anyone, {}},
    Route{Method::get, "/ready", Operation::get_ready, "getReady", Access::anyone, {}},
    Route{Method::post,
          "/devices/register",
          Operation::register_device,
          "registerDevice",
          Access::anyone,
          {},
          UnknownFields::ignored,
          std::size_t{64} << 10},
    Route{Method::get, "/devices/{id}", Operation::get_device, "getDevice", Access::signed_in, {}},
    Route{Method::post,
          "/devices/{id}/telemetry",
          Operation::post_telemetry,
          "postDeviceTelemetry",
          Access::device,
          {},
          UnknownFields::ignored,
          std::size_t{1} << 20},
    Route{Method::get, "/devices/{id}/telemetry", Operation::get_telemetry, "getDeviceTelemetry", Access::signed_in,
          telemetry_query},
};

// On the operations port, which is not reachable from outside.
inline constexpr std::array operations_routes{
    Route{Method::get, "/health", Operation::get_health, "getHealth", Access::anyone, {}},
    Route{Method::get, "/ready", Operation::get_dependencies, "getDependencies", Access::anyone, {}},
    Route{Method::get, "/metrics", Operation::get_metrics, "getMetrics", Access::anyone, {}},
    Route{Method::get, "/twins/{id}", Operation::get_twin, "getTwin", Access::anyone, {}},
};

struct RouteMatch {
  const Route* route = nullptr;  // null: no such path (`allow` is empty), or not with this method
  std::string path;              // without its prefix, aliases replaced
  Pairs params;
  std::string allow;  // the methods that the path has, "GET, HEAD, OPTIONS"
};

// `method`: as on the request line; HEAD matches GET. `path`: decoded. A literal segment wins over a parameter.
RouteMatch match(RouteTable table, std::string_view method, std::string_view path);

}  // namespace epicura::http
