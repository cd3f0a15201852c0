#pragma once
// What a session under test is given: it keeps what it is handed, and answers as the test says.

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "bridge/session.hpp"
#include "tests/bridge/broker.hpp"

namespace epicura::bridge::test {

inline const std::string device = "0190a000-0000-7000-8000-00000000000a";
inline std::string topic_of(std::string_view rest) {
  return "epicura/" + device + "/" + std::string(rest);
}

struct Sink {
  std::atomic<bool> stores{true};
  std::atomic<bool> opens{true};
  std::atomic<bool> subscribed{false};
  std::atomic<int> subscriptions{0};
  std::atomic<int> offers{0};  // calls of store, true or false
  std::atomic<std::size_t> stored{0};
  std::mutex mutex;
  std::vector<Inbound> good;
  std::vector<RefusedMessage> refused;
  std::size_t largest_batch = 0;
  std::size_t largest_bytes = 0;  // of a batch: topics and payloads
  std::vector<std::chrono::steady_clock::time_point> offered_at;
  std::map<std::string, std::string> others;

  SessionEvents events() {
    SessionEvents events;
    events.store = [this](std::vector<Inbound>& in, std::vector<RefusedMessage>& bad) {
      const std::lock_guard lock(mutex);
      ++offers;
      offered_at.push_back(std::chrono::steady_clock::now());
      largest_batch = std::max(largest_batch, in.size() + bad.size());
      std::size_t bytes = 0;
      for (const Inbound& message : in) bytes += message.topic.size() + message.payload.size();
      for (const RefusedMessage& message : bad) bytes += message.topic.size() + message.payload.size();
      largest_bytes = std::max(largest_bytes, bytes);
      if (!stores) return false;
      const std::size_t count = in.size() + bad.size();
      std::move(in.begin(), in.end(), std::back_inserter(good));
      std::move(bad.begin(), bad.end(), std::back_inserter(refused));
      stored += count;
      return true;
    };
    events.open = [this] { return opens.load(); };
    events.changed = [this](bool now) {
      if (now) ++subscriptions;
      subscribed = now;
    };
    events.other = [this](std::string_view topic, std::string_view payload) {
      const std::lock_guard lock(mutex);
      others[std::string(topic)] = payload;
    };
    return events;
  }

  std::vector<std::string> payloads() {
    const std::lock_guard lock(mutex);
    std::vector<std::string> out;
    for (const Inbound& message : good) out.push_back(message.payload);
    return out;
  }
};

inline SessionSettings settings_for(const Broker& broker) {
  SessionSettings settings;
  settings.socket_path = broker.socket_path();
  settings.client_id = "epicura-bridge-test";
  settings.filters = {"epicura/+/telemetry", "epicura/+/telemetry/#", "epicura/+/status"};
  return settings;
}

// Payloads "first", "first + 1", ... on one telemetry topic.
inline std::vector<Outgoing> numbered(int first, int count, int qos = 1) {
  std::vector<Outgoing> out;
  out.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) out.push_back({topic_of("telemetry/temperature"), std::to_string(first + i), qos});
  return out;
}
inline std::vector<std::string> numbers(int first, int count) {
  std::vector<std::string> out;
  out.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) out.push_back(std::to_string(first + i));
  return out;
}

}  // namespace epicura::bridge::test
