#pragma once
// The requests that are at work: a bound on their number, and their deadlines. Request actors come and go too fast for
// a timer each (a delayed message cannot be taken back), so a sweep tells those whose time is over. Any thread.

#include <chrono>
#include <mutex>
#include <optional>
#include <vector>

#include "actors/protocol.hpp"
#include "bus/pace.hpp"

namespace epicura {

class RequestDesk {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  explicit RequestDesk(std::size_t places);

  // A place, or none while all are taken.
  std::optional<std::size_t> enter();
  // Before the actor is told to start: it leaves when it has answered.
  void seat(std::size_t place, request_actor actor, Moment deadline);
  void leave(std::size_t place);

  // Sends deadline_atom to those whose deadline has passed, once.
  void sweep(Moment now);
  std::size_t at_work() const;
  bus::Pace& log_pace() { return log_pace_; }  // of lines about failed requests: a flood of them must not flood the log

 private:
  struct Place {
    request_actor actor;
    Moment deadline;
  };
  bus::Pace log_pace_{Millis{100}};
  mutable std::mutex mutex_;
  std::vector<Place> places_;
  std::vector<std::size_t> free_;
};

}  // namespace epicura
