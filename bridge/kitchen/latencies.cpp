#include "bridge/kitchen/latencies.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace epicura::bridge::kitchen {

void Latencies::add(std::chrono::nanoseconds latency) {
  const std::int64_t most = (std::int64_t{1} << 42) - 1;
  const std::int64_t us = std::clamp<std::int64_t>(latency.count() / 1'000, 0, most);
  const auto value = static_cast<std::uint64_t>(us);
  std::size_t bucket = value;
  if (value >= exact) {
    const auto exponent = static_cast<std::size_t>(std::bit_width(value)) - 1;  // 6 or more
    bucket = exact + (exponent - 6) * steps + ((value >> (exponent - 5)) & (steps - 1));
  }
  ++counts_[bucket];
  ++count_;
  longest_ = std::max(longest_, us);
}

std::chrono::microseconds Latencies::at(double share) const {
  if (count_ == 0) return {};
  const auto rank =
      std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_))));
  std::uint64_t seen = 0;
  std::size_t bucket = 0;
  while (bucket + 1 < counts_.size() && (seen += counts_[bucket]) < rank) ++bucket;
  if (bucket < exact) return std::chrono::microseconds{bucket};
  const std::size_t exponent = 6 + (bucket - exact) / steps;
  const auto end = static_cast<std::int64_t>((steps + (bucket - exact) % steps + 1) << (exponent - 5));
  return std::chrono::microseconds{std::min(end - 1, longest_)};  // the bucket's last value
}

}  // namespace epicura::bridge::kitchen
