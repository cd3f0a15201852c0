#pragma once
// One simulated device: its connection, and the messages that it has sent and that nobody has acknowledged yet.
// It never blocks and owns no timer: the fleet calls it when its socket is ready, when a message is due, and once a
// second. Functions that return bool say whether the connection lives; when not, the fleet calls hang_up().

#include <sys/socket.h>

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bridge/kitchen/answer_reader.hpp"
#include "bridge/kitchen/fleet.hpp"
#include "bridge/kitchen/latencies.hpp"
#include "bridge/kitchen/plan.hpp"
#include "bridge/kitchen/readings.hpp"
#include "bridge/kitchen/weather.hpp"

namespace epicura::bridge::kitchen {

// What the devices of one run share.
struct Shift {
  const FleetSettings& settings;
  const FleetEvents& events;
  std::vector<Metric> metrics;
  Forecast forecast;
  Plan plan{};
  std::uint64_t sent = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t resent = 0;
  std::uint64_t late = 0;
  std::uint64_t held = 0;
  std::uint64_t doubled = 0;
  std::uint64_t dropped = 0;
  Latencies latencies{};
};

class Device {
 public:
  enum class State : std::uint8_t { away, connecting /*until CONNACK*/, online, leaving /*until the broker hangs up*/ };

  Device(KitchenDevice& identity, Shift& shift, std::size_t index);
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  State state() const { return state_; }
  int socket() const { return socket_; }
  bool wants_write() const { return !out_.empty(); }

  bool connect(const sockaddr_storage& address, socklen_t length, Monotonic::time_point now);  // with a higher epoch
  bool on_readable(Monotonic::time_point now);
  bool send_due(Monotonic::time_point now);  // every message that is due, as far as the window allows
  bool release(Monotonic::time_point now);   // what the weather holds back
  bool flush(Monotonic::time_point now);
  bool tend(Monotonic::time_point now);   // once a second: keep-alive, and a limit for the broker's answers
  bool leave(Monotonic::time_point now);  // status offline and DISCONNECT
  void hang_up();                         // without DISCONNECT; what is unacknowledged stays for the next connection
  // How long the weather keeps it away, once after each connection that the weather has cut.
  std::optional<Millis> take_pause() { return std::exchange(pause_, std::nullopt); }
  PotGlance glance(Timestamp time) const;

  int failures = 0;  // tries to connect in a row that came to nothing
  bool was_online = false;
  bool polled_for_write = false;  // as the fleet told epoll

 private:
  struct Pending {
    std::uint16_t packet_id;
    std::int64_t seq;
    Timestamp ts;
    Monotonic::time_point intended;
    std::string packet;  // the whole PUBLISH
    bool held;           // back by the weather, as all behind it: goes out with the next message, or after a reconnect
    bool doubled;
  };

  bool on_answer(const Answer& answer, Monotonic::time_point now);
  void greet(Monotonic::time_point now);  // the birth, and again what is unacknowledged
  bool send_next(Monotonic::time_point intended, Monotonic::time_point now);
  void transmit(Pending& pending, Monotonic::time_point now);
  void transmit_held(Monotonic::time_point now);
  void write_payload(std::string& payload, Timestamp ts);
  void acknowledge(const Pending& pending, Monotonic::time_point now);
  std::uint16_t next_packet_id();

  KitchenDevice& identity_;
  Shift& shift_;
  std::size_t index_;
  std::string base_;  // "epicura/{id}/"
  Pot pot_;
  Millis clock_offset_{0};  // after the last jump
  std::optional<Millis> pause_;
  std::uint64_t next_ = 0;  // message of this run
  std::uint64_t acknowledged_ = 0;
  int socket_ = -1;
  State state_ = State::away;
  std::uint16_t packet_id_ = 0;
  AnswerReader reader_;
  std::string out_;  // bytes that the socket has not taken
  std::deque<Pending> pending_;
  Monotonic::time_point since_;  // of the state
  Monotonic::time_point heard_;
  Monotonic::time_point pinged_;
};

}  // namespace epicura::bridge::kitchen
