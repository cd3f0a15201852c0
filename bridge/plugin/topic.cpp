#include "bridge/plugin/topic.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace epicura::bridge::plugin {
namespace {

constexpr std::string_view root = "epicura/";
constexpr std::size_t id_length = 36;
constexpr std::size_t longest_level = 64;
constexpr int most_metric_levels = 4;

constexpr std::array<std::pair<std::string_view, Row>, 9> whole_rows = {{{"telemetry", Row::telemetry},
                                                                         {"status", Row::status},
                                                                         {"commands/ack", Row::command_ack},
                                                                         {"shadow/reported", Row::shadow_reported},
                                                                         {"ota/progress", Row::ota_progress},
                                                                         {"commands", Row::commands},
                                                                         {"shadow/desired", Row::shadow_desired},
                                                                         {"ota", Row::ota},
                                                                         {"recipes", Row::recipes}}};

constexpr bool is_level_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

// One to `most` levels of [A-Za-z0-9_-]{1,64}.
bool are_levels(std::string_view text, int most) {
  std::size_t length = 0;
  for (const char c : text) {
    if (c == '/') {
      if (length == 0 || --most == 0) return false;
      length = 0;
    } else if (!is_level_character(c) || ++length > longest_level) {
      return false;
    }
  }
  return length > 0;
}

}  // namespace

bool is_device_id(std::string_view text) {
  if (text.size() != id_length) return false;
  for (std::size_t i = 0; i < id_length; ++i) {
    const char c = text[i];
    const bool dash_place = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash_place ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
  }
  return true;
}

Place place_of(std::string_view topic) {
  if (!topic.starts_with(root)) return {};
  topic.remove_prefix(root.size());
  if (topic.size() <= id_length || topic[id_length] != '/' || !is_device_id(topic.substr(0, id_length))) return {};
  Place place{topic.substr(0, id_length)};
  const std::string_view rest = topic.substr(id_length + 1);

  constexpr std::string_view metric = "telemetry/";
  constexpr std::string_view event = "events/";
  if (rest.starts_with(metric)) {
    place.row = Row::telemetry;
    place.legal = are_levels(rest.substr(metric.size()), most_metric_levels);
  } else if (rest.starts_with(event)) {
    place.row = Row::event;
    place.legal = are_levels(rest.substr(event.size()), 1);
  } else {
    const auto found = std::find_if(whole_rows.begin(), whole_rows.end(), [&](auto& row) { return row.first == rest; });
    if (found != whole_rows.end()) place.row = found->second;
  }
  return place;
}

}  // namespace epicura::bridge::plugin
