#include "schema/revocations.hpp"

namespace epicura {

Revocations::Standing Revocations::look(const Uuid& family) const {
  const auto now = clock_();
  const std::lock_guard lock(mutex_);
  if (ended_.contains(family)) return Standing::ended;
  return loaded_ && heard_ && now < *heard_ + silence_limit ? Standing::alive : Standing::unknown;
}

void Revocations::end(std::span<const Uuid> families) {
  const auto until = clock_() + keep_for_;
  const std::lock_guard lock(mutex_);
  for (const Uuid& family : families) ended_.try_emplace(family, until);
}

void Revocations::heard() {
  const auto now = clock_();
  const std::lock_guard lock(mutex_);
  heard_ = now;
}

void Revocations::loaded() {
  const auto now = clock_();
  const std::lock_guard lock(mutex_);
  loaded_ = true;
  heard_ = now;
}

void Revocations::lost() {
  const std::lock_guard lock(mutex_);
  loaded_ = false;
}

void Revocations::forget_old() {
  const auto now = clock_();
  const std::lock_guard lock(mutex_);
  std::erase_if(ended_, [now](const auto& end) { return end.second <= now; });
}

std::size_t Revocations::size() const {
  const std::lock_guard lock(mutex_);
  return ended_.size();
}

}  // namespace epicura
