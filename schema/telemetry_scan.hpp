#pragma once
// The usual telemetry, read without a tree of JSON values, which takes five times as long. Whatever is not usual (an
// escape, a field that is not known, a wrong type, a time that is not kept) is left to who reads the tree and can tell
// what is wrong with it: nothing is refused here, and what is read here the tree gives too (a fuzz target compares).

#include <optional>
#include <string_view>
#include <vector>

#include "schema/reading.hpp"

namespace epicura {

// As decode_telemetry; nothing: not usual.
std::optional<std::vector<Reading>> scan_telemetry(std::string_view metric, std::string_view payload,
                                                   Timestamp arrived);

// {"readings": [{"metric", "value", "ts", "unit"?, "session_id"?, "seq"?}]}, 1 to 1,000 of them; times are not judged.
std::optional<std::vector<Reading>> scan_readings(std::string_view body);

}  // namespace epicura
