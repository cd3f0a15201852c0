#pragma once
// Counts of latencies by size, in buckets 3 % wide: any number of them in 10 kB.

#include <array>
#include <chrono>
#include <cstdint>

namespace epicura::bridge::kitchen {

class Latencies {
 public:
  void add(std::chrono::nanoseconds latency);  // a negative one counts as 0
  // The latency that `share` (0..1) of them do not exceed; 0 when there are none.
  std::chrono::microseconds at(double share) const;
  std::chrono::microseconds longest() const { return std::chrono::microseconds{longest_}; }
  std::uint64_t count() const { return count_; }

 private:
  // Exact below 64 us, then 32 buckets for each doubling, up to 2^42 us.
  static constexpr std::size_t exact = 64, steps = 32, doublings = 36;
  std::array<std::uint64_t, exact + steps * doublings> counts_{};
  std::uint64_t count_ = 0;
  std::int64_t longest_ = 0;
};

}  // namespace epicura::bridge::kitchen
