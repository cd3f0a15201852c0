#pragma once
// What replaying may change in a recorded message: whose it is, and when it was. Pure; everything else keeps its bytes.

#include <string>
#include <string_view>
#include <unordered_map>

#include "schema/time.hpp"

namespace epicura {

// Moves every time that the members "ts", "issued_at" and "expires_at" hold, at any depth: RFC 3339 texts (written
// back with milliseconds, in UTC) and numbers of milliseconds since 1970. What is neither stays, and so does a time
// that would leave the years 1 to 9999. The payload need not be whole JSON.
std::string shift_times(std::string_view payload, Millis by);

// Other ids for the devices of a recording.
class DeviceMapping {
 public:
  // A new id for each, which depends on the seed and the recorded one alone (HMAC-SHA256; UUID version 8, RFC 9562).
  static DeviceMapping from_seed(std::string seed);
  // These, lower-case both; others are kept.
  static DeviceMapping from_table(std::unordered_map<std::string, std::string> table);

  // epicura.{id}.… with the new id, and the same in the payload wherever the recorded one stands. Other subjects stay.
  void apply(std::string& subject, std::string& payload);

  const std::unordered_map<std::string, std::string>& used() const { return table_; }

 private:
  std::string seed_;  // empty: the table alone
  std::unordered_map<std::string, std::string> table_;
};

}  // namespace epicura
