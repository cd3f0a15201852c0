#pragma once
// The bridge's two persistent sessions, as the broker must know them before it admits a device. One place for both
// sides: the program connects with these ids and filters, the plugin waits for exactly these.

#include <array>
#include <string_view>

namespace epicura::bridge {

inline constexpr std::string_view telemetry_client_id = "epicura-bridge-telemetry";
inline constexpr std::string_view device_client_id = "epicura-bridge-device";

inline constexpr std::string_view counters_topic = "$epicura/plugin";
inline constexpr std::string_view dropped_topic = "$SYS/broker/publish/messages/dropped";

inline constexpr std::string_view uptime_topic = "$SYS/broker/uptime";
inline constexpr std::string_view stored_messages_topic = "$SYS/broker/store/messages/count";
inline constexpr std::string_view stored_bytes_topic = "$SYS/broker/store/messages/bytes";

inline constexpr std::array<std::string_view, 2> telemetry_filters = {"epicura/+/telemetry", "epicura/+/telemetry/#"};
inline constexpr std::array<std::string_view, 7> device_filters = {"epicura/+/status",
                                                                   "epicura/+/events/+",
                                                                   "epicura/+/commands/ack",
                                                                   "epicura/+/shadow/reported",
                                                                   "epicura/+/ota/progress",
                                                                   counters_topic,
                                                                   dropped_topic};
// The device session subscribes to these too: the plugin reads on their way how much is queued. Not waited for.
inline constexpr std::array<std::string_view, 3> backlog_topics = {uptime_topic, stored_messages_topic,
                                                                   stored_bytes_topic};

}  // namespace epicura::bridge
