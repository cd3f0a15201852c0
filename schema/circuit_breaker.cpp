#include "schema/circuit_breaker.hpp"

#include <algorithm>

namespace epicura {

bool CircuitBreaker::lets_through(Moment now) {
  if (state_ == State::open && now >= open_until_) {
    state_ = State::half_open;
    return true;
  }
  return state_ == State::closed;
}

void CircuitBreaker::succeeded() {
  state_ = State::closed;
  failures_ = 0;
  wait_ = first_wait;
}

void CircuitBreaker::failed(Moment now) {
  if (state_ == State::half_open) {
    wait_ = std::min(wait_ * 2, longest_wait);
  } else if (++failures_ < failures_to_open) {
    return;
  }
  state_ = State::open;
  open_until_ = now + wait_;
}

}  // namespace epicura
