#pragma once
// CAF's scheduler with work sharing, but for its clock. At the end of every actor CAF has the clock cancel that actor's
// timeouts, whether it had any or not, and that wakes the clock's thread: with an actor for each request, a tenth of
// all work. Here an actor that has never set a timeout ends without a word to the clock.

#include <caf/actor_system_config.hpp>
#include <caf/policy/work_sharing.hpp>
#include <caf/scheduler/coordinator.hpp>

namespace epicura {

// Hands everything on to CAF's own clock but needless cancellations.
class QuietClock final : public caf::detail::thread_safe_actor_clock {
 public:
  explicit QuietClock(caf::detail::thread_safe_actor_clock& real) : real_(real) {}

  void set_ordinary_timeout(time_point t, caf::abstract_actor* self, caf::atom_value type, std::uint64_t id) override;
  void set_multi_timeout(time_point t, caf::abstract_actor* self, caf::atom_value type, std::uint64_t id) override;
  void set_request_timeout(time_point t, caf::abstract_actor* self, caf::message_id id) override;
  void cancel_ordinary_timeout(caf::abstract_actor* self, caf::atom_value type) override;
  void cancel_request_timeout(caf::abstract_actor* self, caf::message_id id) override;
  void cancel_timeouts(caf::abstract_actor* self) override;
  void schedule_message(time_point t, caf::strong_actor_ptr receiver, caf::mailbox_element_ptr content) override;
  void schedule_message(time_point t, caf::group target, caf::strong_actor_ptr sender, caf::message content) override;
  void cancel_all() override;

 private:
  caf::detail::thread_safe_actor_clock& real_;
};

class Scheduler final : public caf::scheduler::coordinator<caf::policy::work_sharing> {
 public:
  using Base = caf::scheduler::coordinator<caf::policy::work_sharing>;
  explicit Scheduler(caf::actor_system& system) : Base(system), quiet_(Base::clock()) {}
  static void use_for(caf::actor_system_config& config);

 protected:
  caf::detail::thread_safe_actor_clock& clock() noexcept override { return quiet_; }

 private:
  QuietClock quiet_;
};

}  // namespace epicura
