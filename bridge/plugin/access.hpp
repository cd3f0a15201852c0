#pragma once
// Who may do what with which topic: the contract's table of topics, as decisions without a broker.
// All of it hangs on the client id alone: the log-in proved that it is the client's own, and the broker asks for wills
// and stored sessions after it has forgotten the user name.

#include <string_view>

#include "bridge/plugin/refusal.hpp"

namespace epicura::bridge::plugin {

struct Publication {
  std::string_view topic;
  bool retained = false;
  bool will = false;
};

Verdict may_publish(std::string_view client_id, const Publication& publication);
Verdict may_subscribe(std::string_view client_id, std::string_view filter);
Verdict may_unsubscribe(std::string_view client_id, std::string_view filter);
Verdict may_receive(std::string_view client_id, std::string_view topic);

// A device's retained flag is kept on its status alone: elsewhere it is taken off. Refusing would lose the reading,
// since MQTT 3.1.1 acknowledges what is refused.
bool keeps_retained(std::string_view topic);

}  // namespace epicura::bridge::plugin
