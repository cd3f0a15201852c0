#pragma once
// What /ready looks at. Each part is written by its owner and read by whoever asks; any thread.

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace epicura {

struct Readiness {
  static constexpr double backlog_limit = 0.8;  // share of TELEMETRY's byte limit that may wait for PostgreSQL

  std::atomic<bool> stopping{false};
  std::atomic<bool> postgres{false};
  std::atomic<std::int64_t> postgres_since_ms{0};  // since 1970; when it last connected
  std::atomic<bool> partitions{false};
  std::atomic<bool> nats{false};
  std::atomic<bool> streams{false};
  std::atomic<bool> consumers{false};         // each is served, by this process or another
  std::atomic<bool> revocations{false};       // what sessions have ended is loaded, and listened for
  std::atomic<bool> bridge_telemetry{false};  // the session has its subscriptions
  std::atomic<bool> bridge_device{false};
  std::atomic<bool> broker_admits{false};  // the broker has saved them and lets devices in
  std::atomic<bool> standby{false};        // another process has the bridge
  std::atomic<double> backlog{0};          // as last measured

  // What has gone into TELEMETRY since the backlog was measured counts as backlog too: no burst may push out what is
  // not written yet, however small the limit. Counted before it is stored, so it is rather too much than too little.
  double telemetry_max_bytes = 1;  // set once, before the threads
  std::atomic<std::uint64_t> stored_bytes{0};
  std::atomic<std::uint64_t> measured_bytes{0};  // of these, what the measured backlog has in it

  void count_stored(std::size_t subject, std::size_t payload) {
    constexpr std::size_t around_each_message = 32;  // in the stream's file
    stored_bytes += subject + payload + around_each_message;
  }
  bool has_room() const {
    return backlog + static_cast<double>(stored_bytes - measured_bytes) / telemetry_max_bytes < backlog_limit;
  }

  bool can_store() const { return nats && streams; }
  bool can_store_telemetry() const { return can_store() && has_room(); }
  bool bridge() const { return standby || (bridge_telemetry && bridge_device && broker_admits); }
  // A backlog above its limit is not in it: while PostgreSQL takes what waited for it, all but new readings is served,
  // and those are answered 503 with Retry-After (or wait at the broker). Who is taken out of service serves nobody.
  bool ready() const {
    return !stopping && postgres && partitions && nats && streams && revocations && consumers && bridge();
  }
};

}  // namespace epicura
