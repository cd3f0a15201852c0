#include "actors/request_desk.hpp"

#include <caf/send.hpp>
#include <caf/typed_actor.hpp>

namespace epicura {

RequestDesk::RequestDesk(std::size_t places, observe::Metrics& metrics) : metrics_(metrics), places_(places) {
  for (std::size_t i = places; i > 0; --i) free_.push_back(static_cast<std::uint32_t>(i - 1));
}

std::optional<RequestDesk::Ticket> RequestDesk::enter() {
  const std::lock_guard lock(mutex_);
  if (free_.empty()) return std::nullopt;
  const auto place = free_.back();
  free_.pop_back();
  return Ticket{place, ++places_[place].serial};
}

void RequestDesk::seat(Ticket ticket, request_actor actor, Moment deadline) {
  const std::lock_guard lock(mutex_);
  places_[ticket.place].actor = std::move(actor);
  places_[ticket.place].deadline = deadline;
}

void RequestDesk::leave(Ticket ticket) {
  request_actor last;  // released outside of the lock
  const std::lock_guard lock(mutex_);
  last = std::exchange(places_[ticket.place].actor, nullptr);
  free_.push_back(ticket.place);
}

void RequestDesk::sweep(Moment now) {
  const std::lock_guard lock(mutex_);
  for (auto& place : places_) {
    if (!place.actor || place.deadline > now) continue;
    caf::anon_send(place.actor, deadline_atom_v);
    place.deadline = Moment::max();
  }
}

void RequestDesk::client_gone(Ticket ticket) {
  const std::lock_guard lock(mutex_);
  const auto& place = places_[ticket.place];
  if (place.serial == ticket.serial && place.actor) caf::anon_send(place.actor, gone_atom_v);
}

std::size_t RequestDesk::at_work() const {
  const std::lock_guard lock(mutex_);
  return places_.size() - free_.size();
}

}  // namespace epicura
