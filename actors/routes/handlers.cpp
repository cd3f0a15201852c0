#include "actors/routes/routes.hpp"

namespace epicura {

Handler handler_of(http::Operation operation) {
  using http::Operation;
  switch (operation) {
    case Operation::get_health:
      return routes::get_health;
    case Operation::get_ready:
      return routes::get_ready;
    case Operation::get_dependencies:
      return routes::get_dependencies;
    case Operation::get_metrics:
      return routes::get_metrics;
    case Operation::get_twin:
      return routes::get_twin;
    case Operation::get_openapi:
      return routes::get_openapi;
    case Operation::get_docs:
      return routes::get_docs;
    case Operation::get_docs_file:
      return routes::get_docs_file;
    case Operation::register_device:
      return routes::register_device;
    case Operation::get_device:
      return routes::get_device;
    case Operation::post_telemetry:
      return routes::post_telemetry;
    case Operation::get_telemetry:
      return routes::get_telemetry;
  }
  return nullptr;  // not reached: the switch knows each
}

}  // namespace epicura
