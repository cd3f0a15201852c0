#pragma once
// When to leave a server alone that does not answer (Nygard, "Release It!", circuit breaker). Closed: all goes through.
// After failures in a row it opens: nothing goes through for a while. Then, half-open, one try goes through: a success
// closes it, a failure opens it for twice as long. One owner; not thread-safe.

#include <chrono>

namespace epicura {

class CircuitBreaker {
 public:
  using Moment = std::chrono::steady_clock::time_point;  // no step of the wall clock opens or closes it
  static constexpr int failures_to_open = 5;
  static constexpr std::chrono::seconds first_wait{30};
  static constexpr std::chrono::seconds longest_wait{600};

  // True: try it, and say how it went. What is half-open says it once.
  bool lets_through(Moment now);
  void succeeded();
  void failed(Moment now);
  bool is_closed() const { return state_ == State::closed; }

 private:
  enum class State { closed, open, half_open };
  State state_ = State::closed;
  int failures_ = 0;  // in a row, while closed
  std::chrono::seconds wait_ = first_wait;
  Moment open_until_{};
};

}  // namespace epicura
