#pragma once
// Who may connect. The client id is settled first of all: Mosquitto takes a session over by client id alone, so who
// came in with another's id would destroy what is queued for it.

#include <optional>
#include <string>
#include <string_view>

#include "bridge/plugin/refusal.hpp"

namespace epicura::bridge::plugin {

struct Login {
  std::string_view client_id;
  std::optional<std::string_view> username;
  std::optional<std::string_view> password;
  std::string_view address;  // an IP address, or the path of the Unix socket on which the client came
  bool clean_session = true;
  int protocol_version = 0;  // 3, 4 (MQTT 3.1.1) or 5
};

struct Doors {
  std::string socket_path;  // where the bridge, and nobody else, comes in
  std::string bridge_user;
  std::string bridge_password;
  std::string token_key;
};

// Is this one who he says he is, and at the right door? Whether a device is let in at this moment is not asked here.
Verdict may_connect(const Login& login, const Doors& doors);

}  // namespace epicura::bridge::plugin
