#pragma once
// Requests at a rate of their own, whether or not the server keeps up: the n-th is due at the start + n / rate, goes
// out then on a connection that is free, waits for one if none is, and its latency counts from when it was due. So a
// server that stalls for a second is seen to have made all of that second's requests late. (h2load --rps counts from
// the sending, and sends nothing on a connection that waits.) One thread.

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/http_client.hpp"

namespace epicura::bench {

using SteadyTime = std::chrono::steady_clock::time_point;

struct OpenLoopSettings {
  Endpoint server;
  std::size_t connections = 64;
  std::size_t idle = 0;  // connections besides: each asks once, and then is only open
  double rate = 1000;    // requests a second
  std::chrono::nanoseconds warm_up{};
  std::chrono::nanoseconds length{};  // of the measurement, after the warm-up
};

struct OpenLoopResult {
  std::uint64_t sent = 0;          // warm-up and all
  std::uint64_t not_2xx = 0;       // of these
  std::vector<double> latency_us;  // of those due in the measurement, ascending
};

class OpenLoop {
 public:
  // `request` makes the next one.
  OpenLoop(OpenLoopSettings settings, std::function<std::string_view()> request);
  ~OpenLoop();
  OpenLoop(const OpenLoop&) = delete;
  OpenLoop& operator=(const OpenLoop&) = delete;

  void connect();        // all of them; the idle ones have their answer then
  OpenLoopResult run();  // until every request has its answer; throws std::runtime_error when one gets none,
                         // or when an idle connection was closed meanwhile

 private:
  struct Connection {
    std::unique_ptr<HttpClient> client;
    SteadyTime due;
  };
  void send_due();
  void wait(SteadyTime end);
  void answered(std::size_t connection, int status);

  OpenLoopSettings settings_;
  std::function<std::string_view()> request_;
  std::vector<Connection> connections_;
  std::vector<std::unique_ptr<HttpClient>> idle_;
  std::deque<std::size_t> free_;  // used in turn
  std::deque<SteadyTime> waiting_;
  SteadyTime measured_from_;
  OpenLoopResult result_;
  int epoll_ = -1;
};

}  // namespace epicura::bench
