#include "bridge/plugin/login.hpp"

#include <openssl/crypto.h>

#include "bridge/plugin/bridge_sessions.hpp"
#include "bridge/plugin/topic.hpp"
#include "schema/device_token.hpp"

namespace epicura::bridge::plugin {
namespace {

constexpr int mqtt_3_1_1 = 4;

bool same_secret(std::string_view one, std::string_view other) {
  return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

Verdict may_bridge_connect(const Login& login, const Doors& doors) {
  if (login.address != doors.socket_path) return Refusal::bridge_elsewhere;
  if (!login.password || !same_secret(*login.password, doors.bridge_password)) return Refusal::bridge_password;
  if (login.client_id != telemetry_client_id && login.client_id != device_client_id) return Refusal::bridge_client_id;
  // A clean session would throw away what is queued; in MQTT 5 the session's end is a property that no plugin sees.
  if (login.clean_session || login.protocol_version != mqtt_3_1_1) return Refusal::bridge_session;
  return {};
}

}  // namespace

Verdict may_connect(const Login& login, const Doors& doors) {
  if (!login.username) return Refusal::anonymous;
  if (*login.username == doors.bridge_user) return may_bridge_connect(login, doors);
  if (login.address == doors.socket_path) return Refusal::on_bridge_socket;
  if (login.client_id != *login.username || !is_device_id(login.client_id)) return Refusal::wrong_client_id;
  if (!login.password) return Refusal::bad_token;
  const auto token = verify_device_token(doors.token_key, *login.password);
  if (!token || token->device_id.str() != login.client_id) return Refusal::bad_token;
  return {};
}

}  // namespace epicura::bridge::plugin
