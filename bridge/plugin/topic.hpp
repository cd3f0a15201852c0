#pragma once
// Where a topic lies: whose it is, and which row of the contract's table. No allocation: it runs for every message.

#include <string_view>

namespace epicura::bridge::plugin {

enum class Row {
  none,  // no row of the table
  // from the device
  telemetry,
  status,
  event,
  command_ack,
  shadow_reported,
  ota_progress,
  // from the cloud
  commands,
  shadow_desired,
  ota,
  recipes,
};

struct Place {
  std::string_view device_id;  // empty: the topic is not below epicura/<device id>/
  Row row = Row::none;
  bool legal = true;  // false: it would be a row, but for a level with an illegal character or length, or one too many
};

Place place_of(std::string_view topic);

constexpr bool from_device(Row row) {
  return row >= Row::telemetry && row <= Row::ota_progress;
}
constexpr bool from_cloud(Row row) {
  return row >= Row::commands;
}

bool is_device_id(std::string_view text);  // a UUID in lower case

}  // namespace epicura::bridge::plugin
