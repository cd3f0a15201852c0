#pragma once
// A device's twin: what the cloud last heard of it. Pure; the device's actor owns one.

#include <string>
#include <string_view>
#include <vector>

#include "schema/device_status.hpp"
#include "schema/reading.hpp"

namespace epicura {

struct LatestValue {
  std::string metric;
  std::string unit;
  double value = 0;
  Timestamp ts;
  std::int64_t seq = -1;
};

struct Presence {
  bool online = false;
  std::int64_t epoch = -1;  // -1: never heard of
  StatusTime since;         // when the cloud stored the message that said so
};

class Twin {
 public:
  static constexpr std::size_t max_metrics = 64;

  // Messages may come again and out of order: a value replaces another only with a higher (ts, seq). False: it was
  // older, or the twin already has 64 other metrics.
  bool apply(const Reading& reading);
  // Replaces the presence only with a newer one: a late will of an older connection changes nothing.
  bool apply(const DeviceStatus& status, const StatusTime& time);

  const std::vector<LatestValue>& latest() const { return latest_; }  // in the order in which metrics appeared
  const Presence& presence() const { return presence_; }

 private:
  std::vector<LatestValue> latest_;
  Presence presence_;
};

std::string encode_twin(const Uuid& device_id, const Twin& twin);  // JSON, for operators

}  // namespace epicura
