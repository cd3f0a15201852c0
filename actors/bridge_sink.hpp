#pragma once
// From a session of the bridge to JetStream: a batch is stored when each of its messages is. What NATS would refuse for
// its size can never be stored: its dead letter is stored in its place, so that the rest of the batch is not held up.
// Used by one session's thread only.

#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "bridge/session.hpp"
#include "bus/store.hpp"
#include "schema/observe/metrics.hpp"

namespace epicura {

class BridgeStreams {
 public:
  virtual ~BridgeStreams() = default;
  // Blocks until JetStream has all of them, or one failed.
  virtual bool store_all(std::span<const bus::Outgoing> messages) = 0;
  virtual void publish(bus::Outgoing message) = 0;  // not waited for
  virtual std::size_t max_payload() const = 0;      // bytes, as NATS counts them
};
// `letters`: what takes single messages.
std::shared_ptr<BridgeStreams> make_bridge_streams(const bus::Connection& connection, bus::Store& store,
                                                   bus::Store& letters);

class BridgeSink {
 public:
  BridgeSink(std::shared_ptr<BridgeStreams> streams, Clock clock, observe::Metrics& metrics);

  // Blocks until JetStream has all of the batch, or one of it failed.
  bool store(std::vector<bridge::Inbound>& batch, std::vector<bridge::RefusedMessage>& refused);

 private:
  void count_refused(const std::vector<bridge::RefusedMessage>& refused);

  std::shared_ptr<BridgeStreams> streams_;
  Clock clock_;
  observe::Counter& refused_;
  observe::Counter& letters_;
  std::unordered_map<std::string, Timestamp> last_letter_;  // by the topic's second level, at most 10,000
};

// "{device}:{epoch}:{seq}" where the payload has both; else empty. Keeps a doubled message out of stream DEVICE.
std::string device_message_id(std::string_view subject, std::string_view payload);

}  // namespace epicura
