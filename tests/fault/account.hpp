#pragma once
// The account of what devices were told is kept, and its comparison with the table.

#include <cstdint>
#include <string>
#include <vector>

#include "tests/fault/house.hpp"

namespace epicura::tests {

struct AcknowledgedReading {
  Uuid device;
  std::string metric;
  Timestamp ts;
  std::int64_t seq = 0;
  double value = 0;
  Timestamp acknowledged_at = {};  // when its device heard of it; only Kitchen says so
};
using Account = std::vector<AcknowledgedReading>;

// What every fault test comes down to. Waits until PostgreSQL holds all of it, then fails the test with the first
// difference: a reading that was acknowledged and is not there, or not with its value, or there under two times.
void every_acknowledged_reading_is_in_the_table_exactly_once(const House& house, const Account& account,
                                                             std::chrono::seconds limit = 45s);

// For faults that may lose something: how many of the account are not in the table, once that has stopped changing.
std::size_t missing_from_the_table(const House& house, const Account& account);

}  // namespace epicura::tests
