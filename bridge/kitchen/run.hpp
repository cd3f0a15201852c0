#pragma once
// One run of a fleet: one thread, one epoll, from the first CONNECT to the last good-bye.
//
//   gathering: all connect -> sending -> draining: waits for PUBACKs -> leaving: good-byes -> over
//
// Connections that are lost are made again in every phase but the last two.

#include <sys/socket.h>

#include <deque>
#include <queue>
#include <random>

#include "bridge/kitchen/device.hpp"

namespace epicura::bridge::kitchen {

struct Address {
  sockaddr_storage bytes{};
  socklen_t length = 0;
};

class Run {
 public:
  Run(const FleetSettings& settings, std::vector<KitchenDevice>& identities, const FleetEvents& events);
  ~Run();
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  FleetReport until_done(const std::atomic<bool>& stop);

 private:
  enum class Phase { gathering, sending, draining, leaving, over };

  void advance(bool stop, Monotonic::time_point now);
  void begin_sending(Monotonic::time_point now);
  void end_sending(Monotonic::time_point now);  // no more is made; what the weather holds goes out
  void begin_leaving(Monotonic::time_point now);
  void connect_due(Monotonic::time_point now);
  void send_due(Monotonic::time_point now);
  void each_second(Monotonic::time_point now);
  void wait(Monotonic::time_point now);
  void settle(std::size_t index, bool alive, Monotonic::time_point now);  // after each call of a device's functions
  void lost(std::size_t index, Monotonic::time_point now);
  FleetReport report(Monotonic::time_point now) const;

  const FleetSettings& settings_;
  Shift shift_;
  Plan& plan_;
  std::deque<Device> devices_;  // they do not move
  Address address_;
  int epoll_;
  Phase phase_ = Phase::gathering;
  Monotonic::time_point began_, next_second_, gather_until_, left_at_, ended_;
  Monotonic::time_point progress_at_;    // when a PUBACK last came
  std::uint64_t progress_ = 0;           // PUBACKs until then
  std::uint64_t all_ = Plan::unbounded;  // messages of the fleet
  std::uint64_t called_ = 0;             // messages of the fleet whose time has come
  using Try = std::pair<Monotonic::time_point, std::size_t>;
  std::priority_queue<Try, std::vector<Try>, std::greater<>> tries_;  // of connecting, the next one first
  Monotonic::time_point next_connect_;
  std::size_t sockets_ = 0, online_ = 0, ever_online_ = 0;
  std::uint64_t reconnects_ = 0, refused_ = 0;
  std::minstd_rand random_;
};

}  // namespace epicura::bridge::kitchen
