#pragma once
// Gives back to the system what is freed. malloc does that by itself only for large blocks and for what lies at the end
// of an arena: one small block behind a hundred middling buffers keeps them all.

#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <utility>

namespace epicura {

class IdleMemory {
 public:
  // To be called every second or so, by one thread. What was free at two calls in a row is not needed now. At most
  // every 3 s: each arena is locked meanwhile.
  void look(std::chrono::steady_clock::time_point now) {
    const std::size_t free = mallinfo2().fordblks;
    const auto idle = std::min(free, std::exchange(free_before_, free));
    if (idle < enough || now - trimmed_at_ < pause) return;
    malloc_trim(0);
    trimmed_at_ = now;
    free_before_ = 0;
  }

 private:
  static constexpr std::size_t enough = std::size_t{8} << 20;
  static constexpr std::chrono::seconds pause{3};

  std::size_t free_before_ = 0;
  std::chrono::steady_clock::time_point trimmed_at_{};
};

}  // namespace epicura
