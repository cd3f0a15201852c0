#include "actors/lane.hpp"

#include <caf/actor_system.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

namespace epicura {

Lane::Lane(caf::actor_system& system, std::shared_ptr<http::Mailbox> worker)
    : caf::execution_unit(&system), worker_(std::move(worker)), others_(&system) {}

void Lane::exec_later(caf::resumable* job) {
  if (!worker_->post(http::Task([this, job] { run(job); }))) system().scheduler().enqueue(job);
}

// A job comes with a reference, which is given back when it waits for messages again or has ended.
void Lane::run(caf::resumable* job) {
  constexpr std::size_t messages_a_turn = 32;
  if (job->resume(&others_, messages_a_turn) == caf::resumable::resume_later) {
    exec_later(job);
  } else {
    caf::intrusive_ptr_release(job);
  }
}

}  // namespace epicura
