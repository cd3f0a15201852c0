#pragma once
// Old and new firmware live side by side: what a device says and nobody knows yet is dropped, and counted here.

#include "schema/observe/metrics.hpp"

namespace epicura {

// `source`: telemetry or status (MQTT), http, registration.
inline observe::Counter& unknown_fields(observe::Metrics& metrics, const char* source) {
  return metrics.counter("epicura_unknown_fields_total", "fields that devices sent and nothing here knows",
                         {{"source", source}});
}

}  // namespace epicura
