#pragma once
// Devices that send readings over MQTT QoS 1 as fast as two windows allow: their own (messages without PUBACK) and the
// load's (messages that have not arrived at the far end yet). One thread for all of them, one packet a message.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/device_client.hpp"

namespace epicura::bench {

struct PublisherSettings {
  std::string host = "127.0.0.1";
  int port = 1883;
  std::size_t window = 4000;        // sent and not arrived, all devices together
  std::size_t device_window = 100;  // without PUBACK, of one device
  bool lean = false;                // make_lean_client instead of make_stock_client
};

class Publisher {
 public:
  Publisher(PublisherSettings settings, std::vector<Identity> devices);
  ~Publisher();
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  void connect();  // all devices; throws std::runtime_error when one is not let in
  // Sends until `stop`. `arrived` counts, from 0, what has come through to the far end. Throws when a connection is
  // lost.
  void run(const std::atomic<std::uint64_t>& arrived, const std::atomic<bool>& stop);
  void drain(const std::atomic<bool>& give_up);  // until every message has its PUBACK

  std::uint64_t sent() const { return sent_; }
  std::uint64_t acknowledged() const { return acknowledged_; }

 private:
  struct Device {
    std::unique_ptr<DeviceClient> client;
    std::string topic;
    std::uint64_t seq = 0;
    std::size_t unacknowledged = 0;
  };

  void read_answers(int timeout_ms);
  void send_next(Device& device);

  PublisherSettings settings_;
  std::vector<Device> devices_;
  int epoll_ = -1;
  std::size_t turn_ = 0;
  std::atomic<std::uint64_t> sent_{0};
  std::atomic<std::uint64_t> acknowledged_{0};
  std::string payload_;
};

}  // namespace epicura::bench
