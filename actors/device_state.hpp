#pragma once
// The keeper of device states: what stream DEVICE delivers becomes devices.status, and the twins hear of it. Births
// come by thousands when a broker starts, so they are written in batches, one at a time, each device once with the
// newest that is known of it. A batch whose write fails is not acknowledged: JetStream delivers its messages again
// after AckWait. Where PostgreSQL refuses the data, the batch is halved until the device is alone whose status it is;
// that status goes to the dead letters, and all around it is written.

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>

#include "actors/inbox.hpp"
#include "actors/protocol.hpp"
#include "actors/telemetry_intake.hpp"
#include "schema/observe/metrics.hpp"

namespace epicura {

using DeviceInbox = Inbox<DeviceMessage>;

struct NewStatus {
  DeviceStatus status;
  StatusTime time;
};
using StatusBatch = std::map<Uuid, NewStatus>;  // sorted, so that transactions never wait in a circle

class DeviceTable {
 public:
  virtual ~DeviceTable() = default;
  // Changes those rows for which the status is news; a redelivery changes nothing.
  virtual void apply(const StatusBatch& batch, pg::Callback done) = 0;
  // Online and silent since `cut_off` becomes offline, reason timeout; heard again since, it becomes online.
  virtual void sweep_presence(Timestamp cut_off, pg::Callback done) = 0;
};
std::shared_ptr<DeviceTable> make_device_table(pg::Client& client);

struct DeviceStateConfig {
  std::shared_ptr<DeviceInbox> inbox;
  std::shared_ptr<DeviceTable> table;
  directory_actor directory;
  Acknowledge acknowledge;
  PublishLetter publish_letter;
  Clock clock;
  std::function<std::optional<Timestamp>()> database_since;  // when PostgreSQL came back; absent: it is away
  std::chrono::seconds presence_timeout{300};
  observe::Metrics* metrics = nullptr;
};

struct StatusMessage {
  std::uint64_t stream_seq = 0;
  std::string ack_subject;
  std::string origin;
  NewStatus news;
};
// What is written together, and ends together: of each device the newest, and what that has made old.
using StatusWrite = std::map<Uuid, std::vector<StatusMessage>>;

struct DeviceStateState {
  static inline const char* name = "device_state";
  DeviceStateConfig config;
  StatusWrite gathering;          // all three together are bounded by the consumer's MaxAckPending
  std::deque<StatusWrite> parts;  // of one that was refused
  std::optional<StatusWrite> writing;
  bool sweeping = false;

  observe::Counter* statuses = nullptr;
  observe::Counter* unknown_fields = nullptr;
  observe::Counter* others = nullptr;
  observe::Counter* failures = nullptr;
  observe::Counter* letters = nullptr;
};

device_state_actor::behavior_type device_state(device_state_actor::stateful_pointer<DeviceStateState> self,
                                               DeviceStateConfig config);

}  // namespace epicura
