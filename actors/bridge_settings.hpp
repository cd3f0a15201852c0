#pragma once
// How the bridge reaches the broker, from the program's settings.

#include "actors/messages.hpp"
#include "bridge/session.hpp"
#include "schema/settings/settings.hpp"

namespace epicura {

// mqtt_broker_url: unix:///path, or mqtt://[user:password@]host[:port]; without a user, the bridge's own and its
// password.
bridge::SessionSettings session_settings(const Settings& settings, BridgeSession which);

}  // namespace epicura
