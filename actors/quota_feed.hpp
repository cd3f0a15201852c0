#pragma once
// Makes the nodes' quotas one: each counts by itself and tells the others a few times a second what was used, over core
// NATS. Nobody waits for that: who is quicker gets a little more than the quota, once. Without NATS each node limits by
// itself.

#include "actors/quotas.hpp"
#include "bus/connection.hpp"

namespace epicura {

class QuotaFeed {
 public:
  // All of it outlives the feed. `instance`: of this process, which hears itself too.
  QuotaFeed(bus::Connection& nats, Quotas& quotas, Uuid instance) : nats_(nats), quotas_(quotas), instance_(instance) {}

  // Tells what was used since the last time: of each quota at most a few messages, the rest next time. One thread.
  void tell();
  // What came on quota_subject. Any thread.
  void hear(std::string_view text);

 private:
  bus::Connection& nats_;
  Quotas& quotas_;
  const Uuid instance_;
};

}  // namespace epicura
