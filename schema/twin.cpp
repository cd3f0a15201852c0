#include "schema/twin.hpp"

#include <tuple>

#include "schema/bounded_json.hpp"

namespace epicura {

bool Twin::apply(const Reading& reading) {
  for (auto& value : latest_) {
    if (value.metric != reading.metric) continue;
    if (std::tie(reading.ts, reading.seq) <= std::tie(value.ts, value.seq)) return false;
    value.unit = reading.unit;
    value.value = reading.value;
    value.ts = reading.ts;
    value.seq = reading.seq;
    return true;
  }
  if (latest_.size() >= max_metrics) return false;
  latest_.reserve(latest_.size() + 1);  // twins are many and have few metrics: no spare room
  latest_.push_back({reading.metric, reading.unit, reading.value, reading.ts, reading.seq});
  return true;
}

bool Twin::apply(const DeviceStatus& status, const StatusTime& time) {
  if (!is_newer(status.epoch, time, presence_.epoch, presence_.since)) return false;
  presence_ = {status.online, status.epoch, time};
  return true;
}

std::string encode_twin(const Uuid& device_id, const Twin& twin) {
  Json latest = Json::object();
  for (const auto& value : twin.latest()) {
    latest[value.metric] = {{"value", value.value},
                            {"ts", format_rfc3339(value.ts)},
                            {"unit", value.unit.empty() ? Json(nullptr) : Json(value.unit)},
                            {"seq", value.seq < 0 ? Json(nullptr) : Json(value.seq)}};
  }
  const auto& presence = twin.presence();
  const bool heard = presence.epoch >= 0;
  return dump_json(
      {{"device_id", device_id.str()},
       {"status", presence.online ? "online" : "offline"},
       {"epoch", heard ? Json(presence.epoch) : Json(nullptr)},
       {"since", heard ? Json(format_rfc3339(std::chrono::floor<Millis>(presence.since.stored_at))) : Json(nullptr)},
       {"latest", std::move(latest)}});
}

}  // namespace epicura
