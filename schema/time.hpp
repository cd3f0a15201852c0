#pragma once
// Times: milliseconds since the Unix epoch, UTC. RFC 3339 at the edges.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace epicura {

using Millis = std::chrono::milliseconds;
using Timestamp = std::chrono::sys_time<Millis>;
// When JetStream stored a message: fine enough that no two messages of a stream have the same.
using StoredTime = std::chrono::sys_time<std::chrono::microseconds>;
using Clock = std::function<Timestamp()>;  // injected where a test needs its own

Timestamp now();  // the system's clock

// "2026-11-20T21:05:00.123Z", lower-case t and z and a numeric offset allowed; digits past the millisecond are cut.
// Years 0001 to 9999; a leap second (:60) is read as the following second. Nothing else is read.
std::optional<Timestamp> parse_rfc3339(std::string_view text);
std::string format_rfc3339(Timestamp time);  // always milliseconds and Z

}  // namespace epicura
