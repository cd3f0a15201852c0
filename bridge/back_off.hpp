#pragma once
// How long to wait before the next try to connect: doubling from 50 ms to 5 s, each time somewhere between half of it
// and all of it, so that many who lost the same broker do not come back in step.

#include <algorithm>
#include <random>

#include "schema/time.hpp"

namespace epicura::bridge {

inline constexpr Millis shortest_back_off{50};
inline constexpr Millis longest_back_off{5'000};

// `failures`: tries in a row that came to nothing, 0 before the first repetition.
inline Millis back_off(int failures, std::minstd_rand& random) {
  const Millis whole = std::min(longest_back_off, shortest_back_off * (1 << std::clamp(failures, 0, 10)));
  return Millis{std::uniform_int_distribution<Millis::rep>(whole.count() / 2, whole.count())(random)};
}

}  // namespace epicura::bridge
