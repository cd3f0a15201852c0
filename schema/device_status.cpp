#include "schema/device_status.hpp"

#include <limits>

#include "schema/bounded_json.hpp"

namespace epicura {

namespace {

constexpr std::size_t max_firmware_bytes = 64;

bool is_plain_text(const std::string& text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
  }
  return true;
}

DecodedStatus refused(Refusal code, std::string detail, std::string_view payload) {
  return {RefusedReading{0, code, std::move(detail), std::string(payload)}};
}

}  // namespace

DecodedStatus decode_status(std::string_view payload) {
  const auto parsed = parse_json(payload);
  if (parsed.refused) return refused(*parsed.refused, "not JSON that can be read", payload);
  if (!parsed.value.is_object()) return refused(Refusal::bad_value, "not a JSON object", payload);

  DeviceStatus status;
  const auto state = parsed.value.find("state");
  if (state == parsed.value.end() || (*state != "online" && *state != "offline")) {
    return refused(Refusal::bad_value, "state is neither online nor offline", payload);
  }
  status.online = *state == "online";

  const auto epoch = parsed.value.find("epoch");
  constexpr auto max_epoch = std::uint64_t{std::numeric_limits<std::int64_t>::max()};
  if (epoch == parsed.value.end() || !epoch->is_number_unsigned() || epoch->get<std::uint64_t>() > max_epoch) {
    return refused(Refusal::bad_value, "epoch is not a whole number from 0 on", payload);
  }
  status.epoch = epoch->get<std::int64_t>();

  if (const auto firmware = parsed.value.find("firmware"); firmware != parsed.value.end() && !firmware->is_null()) {
    if (!firmware->is_string()) return refused(Refusal::bad_value, "firmware is not a text", payload);
    status.firmware = firmware->get<std::string>();
    if (status.firmware.size() > max_firmware_bytes || !is_plain_text(status.firmware)) {
      return refused(Refusal::bad_value, "firmware is longer than 64 bytes or has control characters", payload);
    }
  }
  return {std::move(status), count_unknown(parsed.value, {"state", "epoch", "firmware"})};
}

bool is_newer(std::int64_t epoch, const StatusTime& time, std::int64_t than_epoch, const StatusTime& than_time) {
  if (epoch != than_epoch) return epoch > than_epoch;
  return !time.retained && (than_time.retained || time.stored_at > than_time.stored_at);
}

std::string encode_status(const DeviceStatus& status) {
  Json out{{"state", status.online ? "online" : "offline"}, {"epoch", status.epoch}};
  if (!status.firmware.empty()) out["firmware"] = status.firmware;
  return dump_json(out);
}

}  // namespace epicura
