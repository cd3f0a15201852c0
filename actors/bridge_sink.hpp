#pragma once
// From a session of the bridge to JetStream: a batch is stored when each of its messages is. Used by one session's
// thread only.

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "bridge/session.hpp"
#include "bus/store.hpp"
#include "schema/observe/metrics.hpp"

namespace epicura {

class BridgeSink {
 public:
  BridgeSink(bus::Store& store, Clock clock, observe::Metrics& metrics);

  // Blocks until JetStream has all of the batch, or one of it failed.
  bool store(std::vector<bridge::Inbound>& batch, std::vector<bridge::RefusedMessage>& refused);

 private:
  void count_refused(const std::vector<bridge::RefusedMessage>& refused);

  bus::Store& store_;
  Clock clock_;
  observe::Counter& refused_;
  observe::Counter& sampled_;
  std::unordered_map<std::string, Timestamp> last_letter_;  // by the topic's second level, at most 10,000
};

// "{device}:{epoch}:{seq}" where the payload has both; else empty. Keeps a doubled message out of stream DEVICE.
std::string device_message_id(std::string_view subject, std::string_view payload);

}  // namespace epicura
