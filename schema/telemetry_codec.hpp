#pragma once
// Telemetry payloads to readings and back. Pure.

#include <string_view>
#include <vector>

#include "schema/bounded_json.hpp"
#include "schema/reading.hpp"

namespace epicura {

inline constexpr std::size_t max_readings = 1000;  // a message

struct DecodedTelemetry {
  std::vector<Reading> readings;
  std::vector<RefusedReading> refused;
  std::size_t unknown_fields = 0;  // dropped
};

// `metric`: the levels of the topic behind telemetry, joined by '.'; empty for the form with `values`.
//   with a metric: {"ts", "value", "unit"?, "session_id"?, "seq"?}
//   without:       {"ts", "values": {metric: number}, "units"?: {metric: text}, "session_id"?, "seq"?}, or an array of
//   such
// At most 1,000 readings a message; what goes beyond is one refusal, too_large.
// ts is RFC 3339 or a number of milliseconds since 1970. Unknown fields are dropped and counted. A bad reading is
// refused alone; those around it are kept. `arrived` is when the cloud stored the message: the window of legal times
// hangs on it, so that a redelivery is judged like the first delivery.
DecodedTelemetry decode_telemetry(std::string_view metric, std::string_view payload, Timestamp arrived);

// The same, read from a tree of JSON values; decode_telemetry takes a shorter way where it can.
DecodedTelemetry decode_telemetry_tree(std::string_view metric, std::string_view payload, Timestamp arrived);

// The array form, as telemetry over HTTP is published.
std::string encode_telemetry(const std::vector<Reading>& readings);

// The pieces that the HTTP route shares. A refusal's code and detail, or the value.
std::optional<Timestamp> read_time(const Json& value);  // RFC 3339 text or milliseconds since 1970
bool is_unit(std::string_view unit);                    // at most 32 bytes of UTF-8 without control characters

}  // namespace epicura
