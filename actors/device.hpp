#pragma once
// A device's actor: its twin. A cache of what streams and tables know; losing one loses nothing.

#include <functional>
#include <vector>

#include "actors/protocol.hpp"
#include "schema/twin.hpp"

namespace epicura {

// Asks PostgreSQL for the presence and the latest value of each metric; the callback comes once, on any thread.
// results[0]: get_presence; results[1]: latest_values (schema/pg/queries.hpp).
using LoadTwin = std::function<void(const Uuid& device_id, pg::Callback done)>;
LoadTwin make_twin_loader(pg::Client& client);

// Shared by all devices, to keep a twin small.
struct DeviceConfig {
  Uuid device_id;
  const LoadTwin* load = nullptr;  // outlives the actor
};

struct DeviceState {
  static inline const char* name = "device";
  DeviceConfig config;
  Twin twin;
  bool complete = false;  // what PostgreSQL knew has been merged in
  std::vector<caf::typed_response_promise<TwinAnswer>> asking;
};

device_actor::behavior_type device(device_actor::stateful_pointer<DeviceState> self, DeviceConfig config);

}  // namespace epicura
