#include "bridge/plugin/login.hpp"

#include <doctest/doctest.h>

#include "bridge/plugin/bridge_sessions.hpp"
#include "schema/device_token.hpp"

using namespace epicura;
using namespace epicura::bridge;
using namespace epicura::bridge::plugin;

namespace {

const std::string pot = "0192f0aa-3b1c-7d2e-8f00-0123456789ab";
const std::string other = "0192f0aa-3b1c-7d2e-8f00-0123456789ac";
const Doors doors{"/run/bridge.sock", "epicura-bridge", "the bridge's password", "the key of all device tokens...."};

std::string token(const std::string& id) {
  return make_device_token(doors.token_key, {*Uuid::parse(id), 3});
}

Verdict connect(std::string_view client_id, std::optional<std::string_view> username,
                std::optional<std::string_view> password, std::string_view address = "10.0.0.7", bool clean = true,
                int version = 4) {
  return may_connect({client_id, username, password, address, clean, version}, doors);
}

Verdict connect_bridge(std::string_view client_id, std::string_view password, std::string_view address,
                       bool clean = false, int version = 4) {
  return connect(client_id, "epicura-bridge", password, address, clean, version);
}

}  // namespace

TEST_CASE("a device is who its token says, under its own client id, by any version of MQTT") {
  for (const int version : {3, 4, 5}) {
    for (const bool clean : {true, false}) CHECK_FALSE(connect(pot, pot, token(pot), "10.0.0.7", clean, version));
  }
}

TEST_CASE("client id, user name and token name the same device") {
  CHECK(connect(pot, std::nullopt, std::nullopt) == Refusal::anonymous);
  CHECK(connect(pot, std::nullopt, token(pot)) == Refusal::anonymous);
  CHECK(connect(pot, other, token(other)) == Refusal::wrong_client_id);
  CHECK(connect(other, pot, token(pot)) == Refusal::wrong_client_id);
  CHECK(connect("", pot, token(pot)) == Refusal::wrong_client_id);
  CHECK(connect(pot, "", token(pot)) == Refusal::wrong_client_id);
  CHECK(connect("", "", "") == Refusal::wrong_client_id);
  CHECK(connect(pot, pot, token(other)) == Refusal::bad_token);
  CHECK(connect(pot, pot, std::nullopt) == Refusal::bad_token);
  CHECK(connect(pot, pot, "") == Refusal::bad_token);
  CHECK(connect(pot, pot, doors.bridge_password) == Refusal::bad_token);
  CHECK(connect(device_client_id, device_client_id, token(pot)) == Refusal::wrong_client_id);
  const std::string upper = "0192F0AA-3B1C-7D2E-8F00-0123456789AB";
  CHECK(connect(upper, upper, token(pot)) == Refusal::wrong_client_id);
}

TEST_CASE("the bridge comes in by its socket, with its password, as one of its two sessions") {
  for (const auto client : {telemetry_client_id, device_client_id}) {
    CHECK_FALSE(connect_bridge(client, doors.bridge_password, doors.socket_path));
    CHECK(connect_bridge(client, doors.bridge_password, "127.0.0.1") == Refusal::bridge_elsewhere);
    CHECK(connect_bridge(client, doors.bridge_password, "") == Refusal::bridge_elsewhere);
    CHECK(connect_bridge(client, "the bridge's passworD", doors.socket_path) == Refusal::bridge_password);
    CHECK(connect_bridge(client, "", doors.socket_path) == Refusal::bridge_password);
    CHECK(connect_bridge(client, token(pot), doors.socket_path) == Refusal::bridge_password);
    CHECK(connect_bridge(client, doors.bridge_password, doors.socket_path, true) == Refusal::bridge_session);
    CHECK(connect_bridge(client, doors.bridge_password, doors.socket_path, false, 5) == Refusal::bridge_session);
  }
  CHECK(connect(device_client_id, "epicura-bridge", std::nullopt, doors.socket_path) == Refusal::bridge_password);
  CHECK(connect_bridge(pot, doors.bridge_password, doors.socket_path) == Refusal::bridge_client_id);
  CHECK(connect_bridge("", doors.bridge_password, doors.socket_path) == Refusal::bridge_client_id);
}

TEST_CASE("nobody else comes in by the bridge's socket") {
  CHECK(connect(pot, pot, token(pot), doors.socket_path) == Refusal::on_bridge_socket);
  CHECK(connect(device_client_id, "root", doors.bridge_password, doors.socket_path) == Refusal::on_bridge_socket);
}
