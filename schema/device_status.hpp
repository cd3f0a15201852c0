#pragma once
// What a device says of itself on epicura/{id}/status: its birth and, as the last will, its death.

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "schema/reading.hpp"

namespace epicura {

struct DeviceStatus {
  bool online = false;
  std::int64_t epoch = 0;  // counts the device's connections: a late will of an old one changes nothing
  std::string firmware;    // empty: not said

  bool operator==(const DeviceStatus&) const = default;
};

// Orders what is heard of one device: the higher epoch is newer, within an epoch what was stored later. A retained
// message, which the broker tells again at each of the bridge's connects, is news only by a higher epoch; and since
// nobody knows when it was said first, anything else of its epoch is newer, also what was stored earlier and comes
// again after a crash.
struct StatusTime {
  StoredTime stored_at;  // by JetStream; a birth and its will may come within a millisecond
  bool retained = false;
};
bool is_newer(std::int64_t epoch, const StatusTime& time, std::int64_t than_epoch, const StatusTime& than_time);

struct DecodedStatus {
  std::variant<DeviceStatus, RefusedReading> result;  // or why it cannot be read
  std::size_t unknown_fields = 0;                     // dropped
};
// {"state": "online"|"offline", "epoch": 0.., "firmware"?: text}
DecodedStatus decode_status(std::string_view payload);
std::string encode_status(const DeviceStatus& status);

}  // namespace epicura
