#pragma once
// The requests that are at work: a bound on their number, their deadlines, and whose client has gone. Request actors
// come and go too fast for a timer each (a delayed message cannot be taken back), so a sweep tells those whose time is
// over. Any thread.

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "actors/protocol.hpp"
#include "actors/request_metrics.hpp"
#include "bus/pace.hpp"

namespace epicura {

class RequestDesk {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  // A place and who has it: the place goes to another later, the ticket does not.
  struct Ticket {
    std::uint32_t place = 0;
    std::uint32_t serial = 0;
  };

  RequestDesk(std::size_t places, observe::Metrics& metrics);

  // A place, or none while all are taken.
  std::optional<Ticket> enter();
  // Before the actor is told to start: it leaves when it has ended.
  void seat(Ticket ticket, request_actor actor, Moment deadline);
  void leave(Ticket ticket);

  // Sends deadline_atom to those whose deadline has passed, once.
  void sweep(Moment now);
  // Sends gone_atom, if it is still at work.
  void client_gone(Ticket ticket);
  std::size_t at_work() const;
  bus::Pace& log_pace() { return log_pace_; }  // of lines about failed requests: a flood of them must not flood the log
  bus::Pace& denial_pace() { return denial_pace_; }  // of the audit log's entries about denied access
  const RequestMetrics& metrics() const { return metrics_; }

 private:
  struct Place {
    request_actor actor;
    Moment deadline;
    std::uint32_t serial = 0;
  };
  const RequestMetrics metrics_;
  bus::Pace log_pace_{Millis{100}};
  bus::Pace denial_pace_{Millis{50}};
  mutable std::mutex mutex_;
  std::vector<Place> places_;
  std::vector<std::uint32_t> free_;
};

}  // namespace epicura
