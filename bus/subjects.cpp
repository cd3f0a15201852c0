#include "bus/subjects.hpp"

#include <algorithm>

#include "schema/metric.hpp"

namespace epicura::bus {
namespace {

constexpr std::string_view device_prefix = "epicura.";
constexpr std::size_t id_length = 36;

bool skip(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace

std::optional<DeviceSubject> parse_device_subject(std::string_view subject) {
  std::string_view text = subject;
  if (!skip(text, device_prefix) || text.size() <= id_length || text[id_length] != '.') return std::nullopt;
  const std::string_view id_text = text.substr(0, id_length);
  // One device, one spelling: two would be two orders of its messages.
  if (std::any_of(id_text.begin(), id_text.end(), [](char c) { return c >= 'A' && c <= 'F'; })) return std::nullopt;
  const auto id = Uuid::parse(id_text);
  if (!id) return std::nullopt;
  text.remove_prefix(id_length + 1);

  if (text == "telemetry") return DeviceSubject{*id, Kind::telemetry, {}};
  if (text == "status") return DeviceSubject{*id, Kind::status, {}};
  if (text == "commands.ack") return DeviceSubject{*id, Kind::command_ack, {}};
  if (text == "shadow.reported") return DeviceSubject{*id, Kind::shadow_reported, {}};
  if (text == "ota.progress") return DeviceSubject{*id, Kind::ota_progress, {}};
  if (skip(text, "telemetry.") && is_metric_name(text)) return DeviceSubject{*id, Kind::telemetry, text};
  if (skip(text, "events.") && is_level(text)) return DeviceSubject{*id, Kind::event, text};
  return std::nullopt;
}

std::string telemetry_subject(const Uuid& device_id) {
  return "epicura." + device_id.str() + ".telemetry";
}

std::string dead_letter_subject(std::string_view source) {
  return "cloud.dead-letter." + std::string(source);
}

std::string job_subject(std::string_view kind) {
  return "cloud.jobs." + std::string(kind);
}

bool is_publishable(std::string_view subject) {
  if (subject.empty() || subject.size() > 512) return false;
  char before = '.';
  for (const char c : subject) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte >= 0x7f || c == '*' || c == '>') return false;
    if (c == '.' && before == '.') return false;
    before = c;
  }
  return before != '.';
}

}  // namespace epicura::bus
