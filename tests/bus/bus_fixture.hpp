#pragma once
// A connection with its streams, as the program has it, and a record of what a consumer delivered.

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <vector>

#include "bus/connection.hpp"
#include "bus/consumer.hpp"
#include "bus/keeper.hpp"
#include "bus/store.hpp"
#include "bus/subjects.hpp"
#include "nats_server.hpp"

namespace epicura::bus {

inline constexpr std::int64_t mib = 1 << 20;

inline ConnectionSettings settings_for(const NatsServer& server, const std::string& name = "test") {
  return {server.url(), name, "_INBOX_epicura"};
}

inline std::vector<StreamSpec> small_streams() {
  return {telemetry_stream(64 * mib), device_stream(16 * mib), dead_letter_stream(16 * mib)};
}

// What a consumer delivered; acknowledges or not.
struct Received {
  std::mutex mutex;
  std::multiset<std::string> payloads;
  std::vector<std::uint64_t> sequences;
  std::size_t redelivered = 0;
  std::atomic<bool> acknowledges{true};

  void take(Connection& connection, const Delivery& delivery) {
    {
      const std::scoped_lock lock(mutex);
      payloads.emplace(delivery.payload);
      sequences.push_back(delivery.stream_seq);
      redelivered += delivery.redelivered ? 1 : 0;
    }
    if (acknowledges) acknowledge(connection, {&delivery.ack_subject, 1});
  }
  std::size_t size() {
    const std::scoped_lock lock(mutex);
    return payloads.size();
  }
  bool has(const std::string& payload) {
    const std::scoped_lock lock(mutex);
    return payloads.contains(payload);
  }
};

// One process of the program: its connection, the consumer of TELEMETRY, the keeper.
struct Process {
  explicit Process(const NatsServer& server,
                   ConsumerSpec wanted = {"TELEMETRY", "telemetry-writer", 5000, Millis{10'000}},
                   std::vector<StreamSpec> streams = small_streams())
      : connection(settings_for(server), {}, metrics),
        consumer(
            connection, std::move(wanted), [this](const Delivery& d) { received.take(connection, d); }, metrics),
        store(connection, {8192, Millis{3000}}, metrics) {
    connection.start();
    keeper.emplace(
        connection, std::move(streams), std::vector<Consumer*>{&consumer},
        [this](const BusState& now) {
          const std::scoped_lock lock(mutex);
          last = now;
        },
        metrics);
  }
  BusState state() {
    const std::scoped_lock lock(mutex);
    return last;
  }
  bool settled(Millis limit = Millis{10'000}) {
    return wait_until(
        [this] {
          const auto now = state();
          return now.connected && now.streams_ready && now.consumers_bound;
        },
        limit);
  }

  std::mutex mutex;
  BusState last;
  observe::Metrics metrics;
  Received received;
  Connection connection;
  Consumer consumer;
  Store store;
  std::optional<Keeper> keeper;
};

inline Outgoing telemetry(std::string payload) {
  static const Uuid device = Uuid::v7();
  return {telemetry_subject(device), std::move(payload), {}};
}

inline std::vector<Outgoing> numbered(const std::string& prefix, int count, std::size_t size = 0) {
  std::vector<Outgoing> batch;
  for (int i = 0; i < count; ++i) {
    std::string payload = prefix + "-" + std::to_string(i);
    if (payload.size() < size) payload.resize(size, ' ');
    batch.push_back(telemetry(std::move(payload)));
  }
  return batch;
}

}  // namespace epicura::bus
