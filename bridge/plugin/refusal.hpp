#pragma once
// Every reason for which the broker says no, and the name under which it is counted.

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace epicura::bridge::plugin {

enum class Refusal {
  // at connect
  anonymous,         // no user name
  wrong_client_id,   // client id and user name are not one and the same lower-case device id
  bad_token,         // the password is not a token of that device
  bridge_elsewhere,  // the bridge's user, but not on the bridge's socket
  bridge_password,   // the bridge's user with another password
  bridge_client_id,  // the bridge's user with a client id that is not the bridge's
  bridge_session,    // the bridge asks for a session that would not last
  on_bridge_socket,  // anyone else on the bridge's socket
  not_admitting,     // a genuine device, too early: it is told nothing, and tries again
  backlog_full,      // a genuine device's connect or publish while too much is queued: it tries again
  // afterwards
  other_device,     // a topic of a device that the client is not
  not_publishable,  // a topic that the client may not publish on
  illegal_topic,    // a level that is not [A-Za-z0-9_-]{1,64}, or too many of them
  will,             // a will that is not on the device's own status
  retained,         // the bridge publishes nothing that the broker keeps
  subscription,     // a filter that the client may not have
  unsubscription,   // the bridge's filters stay
  delivery,         // a message that the client may not see (of a subscription from before the rules)
};

constexpr std::array<std::string_view, 18> refusal_names = {"anonymous",       "wrong_client_id",
                                                            "bad_token",       "bridge_elsewhere",
                                                            "bridge_password", "bridge_client_id",
                                                            "bridge_session",  "on_bridge_socket",
                                                            "not_admitting",   "backlog_full",
                                                            "other_device",    "not_publishable",
                                                            "illegal_topic",   "will",
                                                            "retained",        "subscription",
                                                            "unsubscription",  "delivery"};
static_assert(refusal_names.size() == static_cast<std::size_t>(Refusal::delivery) + 1);

constexpr std::string_view name(Refusal refusal) {
  return refusal_names[static_cast<std::size_t>(refusal)];
}

using Verdict = std::optional<Refusal>;  // empty: allowed

}  // namespace epicura::bridge::plugin
