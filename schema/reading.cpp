#include "schema/reading.hpp"

#include <array>

namespace epicura {

std::string_view name(Refusal code) {
  static constexpr std::array<std::string_view, 10> names{"illegal_topic", "too_large", "bad_json",   "too_deep",
                                                          "bad_value",     "bad_time",  "bad_metric", "quota",
                                                          "row_refused",   "job_failed"};
  return names[static_cast<std::size_t>(code)];
}

bool is_time_kept(Timestamp ts, Timestamp arrived) {
  return ts >= arrived - reading_oldest && ts <= arrived + reading_ahead;
}

}  // namespace epicura
