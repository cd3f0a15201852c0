#pragma once
// A bound on the bytes that all connections of a server hold together, and each one's part of it.

#include <atomic>
#include <cstddef>

namespace epicura::http {

class Budget {
 public:
  explicit Budget(std::size_t most) : most_(most) {}
  std::size_t held() const { return held_.load(std::memory_order_relaxed); }

 private:
  friend class Holding;
  const std::size_t most_;
  std::atomic<std::size_t> held_{0};
};

// Owned by one thread; the budget is shared by all.
class Holding {
 public:
  explicit Holding(Budget& budget) : budget_(budget) {}
  ~Holding() { resize(0); }
  Holding(const Holding&) = delete;
  Holding& operator=(const Holding&) = delete;

  // False: that would be too much for all together, and nothing has changed. To hold less always succeeds.
  bool resize(std::size_t bytes) {
    if (bytes > bytes_) {
      const std::size_t more = bytes - bytes_;
      if (budget_.held_.fetch_add(more, std::memory_order_relaxed) + more > budget_.most_) {
        budget_.held_.fetch_sub(more, std::memory_order_relaxed);
        return false;
      }
    } else if (bytes < bytes_) {
      budget_.held_.fetch_sub(bytes_ - bytes, std::memory_order_relaxed);
    }
    bytes_ = bytes;
    return true;
  }

 private:
  Budget& budget_;
  std::size_t bytes_ = 0;
};

}  // namespace epicura::http
