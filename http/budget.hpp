#pragma once
// A bound on the bytes that several connections hold together, and each one's part of it.

#include <atomic>
#include <cstddef>

namespace epicura::http {

class Budget {
 public:
  // A body of 16 KiB and its head, in a buffer that has grown by doubling.
  static constexpr std::size_t little = std::size_t{40} << 10;

  // `for_little`: of `most`, what only those may take who hold little; so what few hold that is large leaves no small
  // one without.
  explicit Budget(std::size_t most, std::size_t for_little = 0) : most_(most), most_of_large_(most - for_little) {}
  std::size_t held() const { return held_.load(std::memory_order_relaxed); }

 private:
  friend class Holding;
  // False: that would be too much, and nothing has changed.
  bool take(std::size_t more, bool is_little) {
    if (held_.fetch_add(more, std::memory_order_relaxed) + more <= (is_little ? most_ : most_of_large_)) return true;
    give_back(more);
    return false;
  }
  void give_back(std::size_t bytes) { held_.fetch_sub(bytes, std::memory_order_relaxed); }

  const std::size_t most_;
  const std::size_t most_of_large_;
  std::atomic<std::size_t> held_{0};
};

// Owned by one thread; the budgets are shared by all.
class Holding {
 public:
  // `share`: of whom it belongs to, a budget within the budget; null: there is none.
  explicit Holding(Budget& budget, Budget* share = nullptr) : budget_(budget), share_(share) {}
  ~Holding() { resize(0); }
  Holding(const Holding&) = delete;
  Holding& operator=(const Holding&) = delete;

  // False: that would be too much for all together, and nothing has changed. To hold less always succeeds.
  bool resize(std::size_t bytes) {
    if (bytes > bytes_) {
      const std::size_t more = bytes - bytes_;
      const bool is_little = bytes <= Budget::little;
      if (share_ != nullptr && !share_->take(more, is_little)) return false;
      if (!budget_.take(more, is_little)) {
        if (share_ != nullptr) share_->give_back(more);
        return false;
      }
    } else if (bytes < bytes_) {
      budget_.give_back(bytes_ - bytes);
      if (share_ != nullptr) share_->give_back(bytes_ - bytes);
    }
    bytes_ = bytes;
    return true;
  }

 private:
  Budget& budget_;
  Budget* const share_;
  std::size_t bytes_ = 0;
};

}  // namespace epicura::http
