#pragma once
// One measured value, and what is said of one that cannot be kept.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "schema/time.hpp"
#include "schema/uuid.hpp"

namespace epicura {

// The key is (device, metric, ts, seq): the first value stays.
struct Reading {
  std::string metric;
  double value = 0;
  Timestamp ts;
  std::int64_t seq = -1;  // -1: absent
  std::string unit;       // empty: absent
  std::optional<Uuid> session_id;

  bool operator==(const Reading&) const = default;
};

// Why something was not kept: the `code` of dead letters and of refused readings in HTTP answers.
enum class Refusal {
  illegal_topic,
  too_large,
  bad_json,
  too_deep,
  bad_value,
  bad_time,
  bad_metric,
  quota,
  row_refused,
  job_failed
};
std::string_view name(Refusal code);

struct RefusedReading {
  std::size_t index = 0;  // place among the readings of its message
  Refusal code = Refusal::bad_value;
  std::string detail;   // for people
  std::string payload;  // the part that was refused, as JSON, at most 4 KiB
};

// Readings are kept from 7 days back to 5 minutes ahead of the time at which they reached the cloud.
inline constexpr auto reading_oldest = std::chrono::hours{24 * 7};
inline constexpr auto reading_ahead = std::chrono::minutes{5};
bool is_time_kept(Timestamp ts, Timestamp arrived);

}  // namespace epicura
