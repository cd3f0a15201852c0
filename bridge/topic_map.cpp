#include "bridge/topic_map.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "schema/metric.hpp"

namespace epicura::bridge {
namespace {

constexpr std::string_view prefix = "epicura/";
constexpr std::size_t id_length = 36;
constexpr std::size_t most_levels = 5;  // behind the id: telemetry and a metric of four

// Stricter than Uuid::parse: an upper-case id would be a second name of the same device.
bool is_canonical_id(std::string_view id) {
  for (std::size_t i = 0; i < id_length; ++i) {
    const char c = id[i];
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
  }
  return true;
}

bool is_from_device(std::span<const std::string_view> levels) {
  const std::string_view first = levels[0];
  if (first == "telemetry") return true;
  if (levels.size() == 1) return first == "status";
  if (levels.size() != 2) return false;
  const std::string_view second = levels[1];
  return first == "events" || (first == "commands" && second == "ack") || (first == "shadow" && second == "reported") ||
         (first == "ota" && second == "progress");
}

}  // namespace

std::variant<std::string, Refusal> subject_of(std::string_view topic) {
  if (!topic.starts_with(prefix) || topic.size() < prefix.size() + id_length + 2) return Refusal::illegal_topic;
  std::string_view rest = topic.substr(prefix.size());
  if (!is_canonical_id(rest) || rest[id_length] != '/') return Refusal::illegal_topic;
  rest.remove_prefix(id_length + 1);

  std::array<std::string_view, most_levels> levels;
  std::size_t count = 0;
  for (;;) {
    if (count == most_levels) return Refusal::illegal_topic;
    const std::size_t end = std::min(rest.find('/'), rest.size());
    levels[count] = rest.substr(0, end);
    if (!is_level(levels[count])) return Refusal::illegal_topic;
    ++count;
    if (end == rest.size()) break;
    rest.remove_prefix(end + 1);
  }
  if (!is_from_device(std::span(levels).first(count))) return Refusal::illegal_topic;

  std::string subject(topic);
  std::replace(subject.begin(), subject.end(), '/', '.');
  return subject;
}

}  // namespace epicura::bridge
