#include "actors/scheduler.hpp"

#include <caf/abstract_actor.hpp>
#include <caf/group.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/message.hpp>

namespace epicura {

namespace {

// CAF keeps this flag for mixins that are not used here.
constexpr int has_had_timeout = caf::abstract_actor::has_timeout_flag;

}  // namespace

void QuietClock::set_ordinary_timeout(time_point t, caf::abstract_actor* self, caf::atom_value type, std::uint64_t id) {
  self->setf(has_had_timeout);
  real_.set_ordinary_timeout(t, self, type, id);
}

void QuietClock::set_multi_timeout(time_point t, caf::abstract_actor* self, caf::atom_value type, std::uint64_t id) {
  self->setf(has_had_timeout);
  real_.set_multi_timeout(t, self, type, id);
}

void QuietClock::set_request_timeout(time_point t, caf::abstract_actor* self, caf::message_id id) {
  self->setf(has_had_timeout);
  real_.set_request_timeout(t, self, id);
}

void QuietClock::cancel_ordinary_timeout(caf::abstract_actor* self, caf::atom_value type) {
  real_.cancel_ordinary_timeout(self, type);
}

void QuietClock::cancel_request_timeout(caf::abstract_actor* self, caf::message_id id) {
  real_.cancel_request_timeout(self, id);
}

void QuietClock::cancel_timeouts(caf::abstract_actor* self) {
  if (self->getf(has_had_timeout)) real_.cancel_timeouts(self);
}

void QuietClock::schedule_message(time_point t, caf::strong_actor_ptr receiver, caf::mailbox_element_ptr content) {
  real_.schedule_message(t, std::move(receiver), std::move(content));
}

void QuietClock::schedule_message(time_point t, caf::group target, caf::strong_actor_ptr sender, caf::message content) {
  real_.schedule_message(t, std::move(target), std::move(sender), std::move(content));
}

void QuietClock::cancel_all() {
  real_.cancel_all();
}

void Scheduler::use_for(caf::actor_system_config& config) {
  config.module_factories.emplace_back(
      [](caf::actor_system& system) -> caf::actor_system::module* { return new Scheduler(system); });
}

}  // namespace epicura
