#include "schema/quota.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

#include <sodium.h>

namespace epicura {

// What was counted in that slice and the twelve before it.
std::uint32_t Quota::total_of(const Entry& entry, std::uint32_t slice) {
  std::uint32_t total = 0;
  for (std::uint32_t back = slice > entry.slice ? slice - entry.slice : 0; back < slices; ++back)
    total += entry.counts[(std::max(slice, entry.slice) - back) % slices];
  return total;
}

Quota::Quota(QuotaRule rule, std::size_t places)
    : rule_(rule), slice_length_(std::chrono::nanoseconds(rule.within) / (slices - 1)) {
  if (is_off()) return;
  randombytes_buf(seed_.data(), seed_.size());
  table_.resize(std::bit_ceil(std::max(places, ways)));
}

Quota::Standing Quota::take(const Key& key, Moment now, std::uint32_t how_many) {
  if (is_off()) return {};
  const std::lock_guard lock(mutex_);
  auto& entry = find_or_make(key, slice_at(now));
  if (total_of(entry, entry.slice) + std::uint64_t{how_many} > static_cast<std::uint64_t>(rule_.most)) {
    auto refused = standing(entry, now, how_many);
    refused.allowed = false;
    return refused;
  }
  note(entry, how_many);
  return standing(entry, now);
}

Quota::Standing Quota::count(const Key& key, Moment now) {
  if (is_off()) return {};
  const std::lock_guard lock(mutex_);
  auto& entry = find_or_make(key, slice_at(now));
  note(entry, 1);
  return standing(entry, now);
}

Quota::Standing Quota::look(const Key& key, Moment now) const {
  if (is_off()) return {};
  const std::lock_guard lock(mutex_);
  const auto place = place_of(key);
  return standing(place < table_.size() ? table_[place] : Entry{}, now);
}

void Quota::forget(const Key& key) {
  if (is_off()) return;
  const std::lock_guard lock(mutex_);
  const auto place = place_of(key);
  if (place == table_.size()) return;
  table_[place].counts = {};
  table_[place].untold = 0;
}

std::vector<Quota::Used> Quota::news(std::size_t most_keys) {
  std::vector<Used> out;
  const std::lock_guard lock(mutex_);
  while (!untold_.empty() && out.size() < most_keys) {
    auto& entry = table_[untold_.back()];
    untold_.pop_back();
    entry.listed = false;
    if (entry.untold > 0) out.push_back({entry.key, entry.untold});
    entry.untold = 0;
  }
  return out;
}

void Quota::heard(std::span<const Used> used, Moment now) {
  if (is_off()) return;
  const std::lock_guard lock(mutex_);
  for (const Used& one : used) add(find_or_make(one.key, slice_at(now)), one.count);
}

std::uint32_t Quota::slice_at(Moment now) const {
  return static_cast<std::uint32_t>(now.time_since_epoch() / slice_length_) + slices;  // a new entry's 0 is long past
}

std::size_t Quota::set_of(const Key& key) const {
  std::array<unsigned char, crypto_shorthash_BYTES> hash;
  static_assert(crypto_shorthash_KEYBYTES == sizeof seed_);
  crypto_shorthash(hash.data(), key.bytes.data(), key.bytes.size(), seed_.data());
  // The table's size is a power of two: the bits that are left name a set's first place.
  return std::bit_cast<std::uint64_t>(hash) & (table_.size() - ways);
}

std::size_t Quota::place_of(const Key& key) const {
  const auto first = set_of(key);
  for (auto place = first; place < first + ways; ++place)
    if (table_[place].key == key) return place;
  return table_.size();
}

// Brought up to that slice. Of a set that is full it takes the place of who has used least within the window.
Quota::Entry& Quota::find_or_make(const Key& key, std::uint32_t slice) {
  auto place = place_of(key);
  if (place == table_.size()) {
    const auto first = table_.begin() + static_cast<std::ptrdiff_t>(set_of(key));
    const auto least = std::min_element(first, first + ways, [slice](const Entry& left, const Entry& right) {
      return total_of(left, slice) < total_of(right, slice);
    });
    *least = {.key = key, .slice = slice, .counts = {}, .untold = 0, .listed = least->listed};
    place = static_cast<std::size_t>(least - table_.begin());
  }
  auto& entry = table_[place];
  // Callers on several threads may be a little out of order: the later slice counts.
  const auto over = slice > entry.slice ? std::min<std::uint32_t>(slice - entry.slice, slices) : 0;
  for (std::uint32_t back = 0; back < over; ++back) entry.counts[(slice - back) % slices] = 0;
  entry.slice = std::max(entry.slice, slice);
  return entry;
}

void Quota::add(Entry& entry, std::uint32_t count) const {
  auto& now = entry.counts[entry.slice % slices];
  now = static_cast<std::uint16_t>(std::min<std::uint32_t>(now + std::min<std::uint32_t>(count, 0xffff), 0xffff));
}

void Quota::note(Entry& entry, std::uint32_t count) {
  add(entry, count);
  constexpr std::uint32_t most = std::numeric_limits<std::uint16_t>::max();
  entry.untold = static_cast<std::uint16_t>(std::min(entry.untold + std::min(count, most), most));
  if (std::exchange(entry.listed, true)) return;
  untold_.push_back(static_cast<std::uint32_t>(&entry - table_.data()));
}

Quota::Standing Quota::standing(const Entry& entry, Moment now, std::int64_t wanted) const {
  Standing out{true, rule_.most, rule_.most, 0, rule_.within.count()};
  const auto slice = std::max(slice_at(now), entry.slice);
  const std::int64_t total = total_of(entry, slice);
  out.remaining = std::max<std::int64_t>(rule_.most - total, 0);
  // The oldest go first; when enough of them have gone there is more than now, or as much as is wanted.
  const std::int64_t beyond = std::max<std::int64_t>(total + wanted - 1 - rule_.most, 0);
  std::int64_t gone = 0;
  for (std::uint32_t back = slices; total > 0 && back-- > 0;) {
    if (slice - back > entry.slice) break;
    gone += entry.counts[(slice - back) % slices];
    if (gone <= beyond) continue;
    const auto until = slice_length_ * (slice - back);  // its own number is less by `slices`: it goes then
    const auto left = until - now.time_since_epoch();
    out.reset_s = std::max<std::int64_t>(std::chrono::ceil<std::chrono::seconds>(left).count(), 1);
    break;
  }
  return out;
}

}  // namespace epicura
