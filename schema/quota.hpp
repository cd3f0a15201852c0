#pragma once
// How often something may be done within a time: a sliding window for each key (a user, a network, an account), in a
// table of fixed size. Any thread; the clock is the caller's.
//
// The window is counted in twelfths of it and the present one, so that in no stretch of its length more is let through
// than the rule says; what was done is forgotten after the window's length and up to a twelfth more. Counts of several
// nodes add up without their clocks agreeing.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

#include "schema/uuid.hpp"

namespace epicura {

struct QuotaRule {
  std::int64_t most = 0;  // 0: no limit, nothing is counted; at most 60,000
  std::chrono::seconds within{60};
};

class Quota {
 public:
  using Key = Uuid;  // 16 bytes of any kind
  using Moment = std::chrono::steady_clock::time_point;

  struct Standing {
    bool allowed = true;
    std::int64_t limit = 0;  // 0: none
    std::int64_t remaining = 0;
    std::int64_t reset_s = 0;  // until there is more (where nothing remains: until there is any); 0: all of it is there
    std::int64_t within_s = 0;  // the rule's
  };
  struct Used {
    Key key;
    std::uint32_t count = 0;
  };

  // `places`: how many keys are remembered, rounded up to a power of two. Where too many of one set come at once,
  // those that have used least of it are forgotten: who has used much does not get away by bringing many others.
  explicit Quota(QuotaRule rule, std::size_t places = std::size_t{1} << 14);

  bool is_off() const { return rule_.most == 0; }
  // Counts so many, unless fewer remain: then none.
  Standing take(const Key& key, Moment now, std::uint32_t how_many = 1);
  // Counts one in any case, so that what goes on beyond the limit is no sooner forgotten.
  Standing count(const Key& key, Moment now);
  Standing look(const Key& key, Moment now) const;
  void forget(const Key& key);

  // For the other nodes: what was counted here since it was last asked for, at most so many keys; the rest later.
  std::vector<Used> news(std::size_t most_keys);
  // From another node; not told to others again.
  void heard(std::span<const Used> used, Moment now);

 private:
  static constexpr std::size_t slices = 13;
  static constexpr std::size_t ways = 8;  // places of a set: where a key may be

  struct Entry {
    Key key;
    std::uint32_t slice = 0;                     // the last one that is counted
    std::array<std::uint16_t, slices> counts{};  // by the number of the slice, modulo; saturate
    std::uint16_t untold = 0;                    // of these the other nodes do not know
    bool listed = false;                         // the place is in untold_
  };

  static std::uint32_t total_of(const Entry& entry, std::uint32_t slice);
  std::uint32_t slice_at(Moment now) const;
  std::size_t set_of(const Key& key) const;
  std::size_t place_of(const Key& key) const;  // the table's size: it has none
  Entry& find_or_make(const Key& key, std::uint32_t slice);
  void add(Entry& entry, std::uint32_t count) const;
  void note(Entry& entry, std::uint32_t count);
  // Its reset_s: until so many are there, where fewer remain.
  Standing standing(const Entry& entry, Moment now, std::int64_t wanted = 1) const;

  const QuotaRule rule_;
  const std::chrono::nanoseconds slice_length_;
  std::array<unsigned char, 16> seed_{};  // nobody outside can choose keys that share a set
  mutable std::mutex mutex_;
  std::vector<Entry> table_;
  std::vector<std::uint32_t> untold_;  // places in the table
};

}  // namespace epicura
