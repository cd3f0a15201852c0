#pragma once
// The simulated kitchen: any number of devices on real MQTT connections (3.1.1), run by one thread. It is the demo, the
// driver of tests and the load generator, so it counts exactly.
//
// Open loop: each device has its times at which to send, spread evenly over the fleet, and keeps to them however slowly
// the broker answers; latency is counted from the intended time, which is also the reading's `ts`. A device that cannot
// send (no connection, or `window` messages unacknowledged) sends late, in order, and is counted. Times are kept to
// 1 ms. Closed loop (rate 0): each device keeps `window` messages in flight, as fast as they are acknowledged.
// (Mosquitto takes one packet of each ready connection in turn and acknowledges before it delivers: a closed loop of K
// devices leaves its subscriber about one turn in K + 1, and the rest queues up in the broker. What comes through is
// measured at the far end, with an open loop.)
//
// What they measure comes from a pot of their own each (pot.hpp), what goes wrong on the way from the weather
// (weather.hpp). Both follow from the seed and a device's place in the fleet: the same settings with `begin`, a rate
// and sequence numbers from the same start give the same payloads again, byte for byte, and the same mishaps (but a
// message that fills the window is not held back).
//
// What has no PUBACK yet is sent again after a reconnect, byte for byte: with the key (device, metric, ts, seq) it
// counts once. The will and the retained birth carry an epoch that grows with every connection.

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bridge/kitchen/glance.hpp"
#include "bridge/kitchen/weather.hpp"
#include "schema/time.hpp"
#include "schema/uuid.hpp"

namespace epicura::bridge::kitchen {

struct KitchenDevice {
  Uuid id;                 // client id and username
  std::string token;       // password
  std::int64_t epoch = 0;  // of its last connection
  std::int64_t seq = 0;    // of its last message
};

struct FleetSettings {
  std::string host = "127.0.0.1";
  int port = 1883;
  std::vector<std::string> metrics{"temperature", "stir_speed", "power"};  // levels joined by '.'
  std::size_t readings_per_message = 1;  // 1: a topic for each metric, in turn; more: the form with `values`
  int qos = 1;                           // 0 or 1; at 0 a message counts as acknowledged once the system has taken it
  double messages_per_second = 1;        // of one device; 0: closed loop
  std::uint64_t messages = 0;            // of one device; 0: no bound
  Millis duration{0};                    // of sending; 0: no bound
  std::size_t window = 20;               // messages of one device without PUBACK, 1 to 10000
  double connects_per_second = 500;      // of the fleet
  Millis gather_limit{30'000};  // sending begins when all are connected, or this long after the last should have been
  Millis drain_limit{30'000};   // at the end: how long to wait without any PUBACK coming
  Millis late_after{100};       // a message sent later than this is counted as late
  std::string firmware = "simulated-1";
  std::string pot = "mixed";      // a kind of pots.hpp, or mixed
  std::string program = "mixed";  // of programs.hpp, or mixed: one that suits the pot
  Weather weather;
  std::optional<Timestamp> begin;  // the time at which the kitchen's clock starts; absent: now
  std::size_t glances = 0;         // how many pots a report describes, the first ones
  std::uint64_t seed = 1;
};

struct FleetReport {
  std::size_t devices = 0;
  std::size_t connected = 0;       // now
  std::uint64_t sent = 0;          // distinct messages of telemetry (births are not counted)
  std::uint64_t acknowledged = 0;  // distinct
  std::uint64_t resent = 0;        // sent again after a reconnect
  std::uint64_t late = 0;          // sent more than late_after behind their time
  std::uint64_t held = 0;          // held back by the weather, and sent with the next one
  std::uint64_t doubled = 0;     // second publishes of one message; not in `sent`, their PUBACKs not in `acknowledged`
  std::uint64_t dropped = 0;     // connections cut by the weather
  std::uint64_t reconnects = 0;  // connections made after a device's first
  std::uint64_t refused = 0;     // tries to connect that ended without a CONNACK that accepts
  double seconds = 0;            // since sending began
  // From the intended time to the PUBACK; in the closed loop from sending.
  std::chrono::microseconds p50{0}, p90{0}, p99{0}, p999{0}, longest{0};
  std::vector<PotGlance> pots;  // at most settings.glances
};

// On the thread of run(). The fleet's devices() may be read there.
struct FleetEvents {
  std::function<void(const FleetReport&)> progress;  // each second
  std::function<void(const Uuid& device, std::int64_t seq, Timestamp ts)> acknowledged;
};

class Fleet {
 public:
  // Throws std::invalid_argument with what is legal.
  Fleet(FleetSettings settings, std::vector<KitchenDevice> devices);

  // Connects, sends, drains, says good-bye; returns when that is done. `stop`: no more is sent, what is out is waited
  // for. Throws std::system_error when the system refuses (descriptors, name of the host).
  FleetReport run(const std::atomic<bool>& stop, const FleetEvents& events = {});

  const std::vector<KitchenDevice>& devices() const { return devices_; }  // with epochs and numbers as they are now

 private:
  FleetSettings settings_;
  std::vector<KitchenDevice> devices_;
};

}  // namespace epicura::bridge::kitchen
