#include "actors/bridge_settings.hpp"

#include <doctest/doctest.h>

#include "actors/readiness.hpp"
#include "bridge/plugin/bridge_sessions.hpp"

using namespace epicura;

namespace {

Settings at(const std::string& url) {
  Settings out;
  out.mqtt_broker_url = url;
  out.bridge_password = "the bridge's own";
  out.telemetry_max_bytes = std::int64_t{4} << 30;
  return out;
}

bool has(const std::vector<std::string>& filters, std::string_view wanted) {
  return std::find(filters.begin(), filters.end(), wanted) != filters.end();
}

}  // namespace

TEST_CASE("the broker is reached by its socket, or by host and port") {
  const auto by_socket = session_settings(at("unix:///run/mosquitto/bridge.sock"), BridgeSession::telemetry);
  CHECK(by_socket.socket_path == "/run/mosquitto/bridge.sock");
  CHECK(by_socket.username == "epicura-bridge");
  CHECK(by_socket.password == "the bridge's own");
  const auto by_port = session_settings(at("mqtt://broker.local:1884"), BridgeSession::device);
  CHECK(by_port.socket_path.empty());
  CHECK(by_port.host == "broker.local");
  CHECK(by_port.port == 1884);
  CHECK(by_port.username == "epicura-bridge");
  const auto named = session_settings(at("mqtt://someone:secret@127.0.0.1"), BridgeSession::device);
  CHECK(named.port == 1883);
  CHECK(named.username == "someone");
  CHECK(named.password == "secret");
}

TEST_CASE("two sessions with ids and filters that the plugin waits for; neither reads what the other does") {
  const auto telemetry = session_settings(at("unix:///s"), BridgeSession::telemetry);
  const auto device = session_settings(at("unix:///s"), BridgeSession::device);
  CHECK(telemetry.client_id == bridge::telemetry_client_id);
  CHECK(device.client_id == bridge::device_client_id);
  CHECK(telemetry.filters.size() == bridge::telemetry_filters.size());
  for (const auto filter : bridge::telemetry_filters) {
    CHECK(has(telemetry.filters, filter));
    CHECK_FALSE(has(device.filters, filter));
  }
  for (const auto filter : bridge::device_filters) {
    CHECK(has(device.filters, filter));
    CHECK_FALSE(has(telemetry.filters, filter));
  }
}

TEST_CASE("only readings are gathered: nobody waits for their PUBACKs, but for a command's acknowledgement") {
  CHECK(session_settings(at("unix:///s"), BridgeSession::telemetry).gather > Millis{0});
  CHECK(session_settings(at("unix:///s"), BridgeSession::device).gather == Millis{0});
}

TEST_CASE("a batch of readings finds room above the share at which reading ends, however small the stream") {
  constexpr std::size_t largest_packet = 64 << 10;  // the message that passes batch_bytes belongs to the batch
  auto settings = at("unix:///s");
  const auto usual = session_settings(settings, BridgeSession::telemetry).batch_bytes;
  CHECK(usual == bridge::SessionSettings{}.batch_bytes);
  for (const std::int64_t max_bytes : {1 << 20, 2 << 20, 8 << 20, 16 << 20, 64 << 20}) {
    CAPTURE(max_bytes);
    settings.telemetry_max_bytes = max_bytes;
    const auto batch = session_settings(settings, BridgeSession::telemetry).batch_bytes;
    CHECK(batch <= static_cast<std::size_t>(max_bytes) / 16);
    CHECK(batch <= usual);
    CHECK(static_cast<double>(batch + largest_packet) <=
          static_cast<double>(max_bytes) * (1 - Readiness::backlog_limit));
    CHECK(session_settings(settings, BridgeSession::device).batch_bytes == usual);
  }
}
