#include "actors/request_desk.hpp"

#include <caf/send.hpp>
#include <caf/typed_actor.hpp>

namespace epicura {

RequestDesk::RequestDesk(std::size_t places) : places_(places) {
  for (std::size_t i = places; i > 0; --i) free_.push_back(i - 1);
}

std::optional<std::size_t> RequestDesk::enter() {
  const std::lock_guard lock(mutex_);
  if (free_.empty()) return std::nullopt;
  const auto place = free_.back();
  free_.pop_back();
  return place;
}

void RequestDesk::seat(std::size_t place, request_actor actor, Moment deadline) {
  const std::lock_guard lock(mutex_);
  places_[place].actor = std::move(actor);
  places_[place].deadline = deadline;
}

void RequestDesk::leave(std::size_t place) {
  request_actor last;  // released outside of the lock
  const std::lock_guard lock(mutex_);
  last = std::exchange(places_[place].actor, nullptr);
  free_.push_back(place);
}

void RequestDesk::sweep(Moment now) {
  const std::lock_guard lock(mutex_);
  for (auto& place : places_) {
    if (!place.actor || place.deadline > now) continue;
    caf::anon_send(place.actor, deadline_atom_v);
    place.actor = nullptr;
  }
}

std::size_t RequestDesk::at_work() const {
  const std::lock_guard lock(mutex_);
  return places_.size() - free_.size();
}

}  // namespace epicura
