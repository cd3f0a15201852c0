#include "actors/bridge_settings.hpp"

#include <algorithm>

#include "bridge/plugin/bridge_sessions.hpp"
#include "schema/settings/rules.hpp"

namespace epicura {

namespace {

constexpr Millis gather_readings{2};

}  // namespace

bridge::SessionSettings session_settings(const Settings& settings, BridgeSession which) {
  bridge::SessionSettings out;
  out.username = "epicura-bridge";
  out.password = settings.bridge_password;
  const std::string_view url = settings.mqtt_broker_url;
  constexpr std::string_view socket_scheme = "unix://";
  if (url.substr(0, socket_scheme.size()) == socket_scheme) {
    out.socket_path = url.substr(socket_scheme.size());
  } else {
    const auto parts = parts_of_url(url);
    out.host = parts.host;
    out.port = parts.port.value_or(1883);
    if (!parts.user.empty()) {
      out.username = parts.user;
      out.password = parts.password;
    }
  }
  if (which == BridgeSession::telemetry) {
    out.client_id = bridge::telemetry_client_id;
    out.gather = gather_readings;
    // A batch must find room between the share at which reading ends and the whole.
    out.batch_bytes = std::min(out.batch_bytes, static_cast<std::size_t>(settings.telemetry_max_bytes) / 16);
    out.filters.assign(bridge::telemetry_filters.begin(), bridge::telemetry_filters.end());
  } else {
    out.client_id = bridge::device_client_id;
    out.filters.assign(bridge::device_filters.begin(), bridge::device_filters.end());
    out.filters.insert(out.filters.end(), bridge::backlog_topics.begin(), bridge::backlog_topics.end());
  }
  return out;
}

}  // namespace epicura
