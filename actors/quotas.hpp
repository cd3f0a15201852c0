#pragma once
// The quotas of this node, and what /metrics shows of them. The nodes tell each other what is used (quota_feed.hpp).
// Any thread.

#include <functional>

#include "bus/pace.hpp"
#include "schema/guessing.hpp"
#include "schema/observe/metrics.hpp"
#include "schema/settings/settings.hpp"

namespace epicura {

struct Quotas {
  Quotas(const Settings& settings, observe::Metrics& metrics,
         std::function<Quota::Moment()> steady_clock = std::chrono::steady_clock::now);

  Quota user;      // requests, by the user's id
  Quota auth;      // requests without a token, by network
  Quota readings;  // by the device's id
  Guessing guessing;
  const std::function<Quota::Moment()> clock;  // no step of the wall clock gives anybody more

  observe::Counter& user_refused;
  observe::Counter& auth_refused;
  observe::Counter& readings_refused;
  observe::Counter& log_in_refused;
  observe::Counter& failed_log_ins;
  bus::Pace guessing_log_pace{Millis{1000}};

  // What is told to whom no other quota counts: how the address (its text) stands with the one on /auth.
  Quota::Standing of_address(const std::string& address) const;

  // Those that the nodes share, by their names on the wire.
  std::vector<std::pair<std::string_view, Quota*>> all();
};

}  // namespace epicura
