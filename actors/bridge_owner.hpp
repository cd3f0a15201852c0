#pragma once
// The bridge's actor: owns the two MQTT sessions, and asks PostgreSQL for the lock that says that there is one bridge
// to a broker. Losing the lock's connection does not stop a running bridge, and without PostgreSQL it starts without
// the lock; who finds the lock held by another stops. Detached: ending a session waits for its thread.

#include <functional>
#include <memory>

#include "actors/protocol.hpp"
#include "actors/readiness.hpp"
#include "bridge/session.hpp"
#include "schema/observe/metrics.hpp"

namespace epicura {

class BridgeLock {
 public:
  virtual ~BridgeLock() = default;
  // One row, boolean: whether this connection holds the lock now.
  virtual void take(pg::Callback done) = 0;
  // Ends connections of this very process that died on the way and whose server side still holds the lock.
  // One row, number of those ended.
  virtual void end_ghosts(pg::Callback done) = 0;
};
// `application_name`: of this very process, on no other.
std::shared_ptr<BridgeLock> make_bridge_lock(pg::Client& client, std::string application_name);

using MakeSession =
    std::function<std::unique_ptr<bridge::Session>(BridgeSession which, std::function<void(bool subscribed)> changed)>;

struct BridgeConfig {
  MakeSession make_session;
  std::shared_ptr<BridgeLock> lock;
  Readiness* readiness = nullptr;
};

struct BridgeState {
  static inline const char* name = "bridge";
  BridgeConfig config;
  std::unique_ptr<bridge::Session> telemetry;
  std::unique_ptr<bridge::Session> device;
  bool asking = false;  // about the lock
  bool ended = false;
};

bridge_actor::behavior_type bridge_owner(bridge_actor::stateful_pointer<BridgeState> self, BridgeConfig config);

}  // namespace epicura
