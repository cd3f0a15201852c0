#pragma once
// Where the request actors of one worker of the front end run: on that worker's own thread, between its reads and its
// writes. A request that is begun, continued and answered on the thread that read it costs no hand-over from thread to
// thread, which is most of what a small request costs. What a request actor sends to others runs on CAF's threads.

#include <memory>

#include <caf/abstract_actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/execution_unit.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/resumable.hpp>
#include <caf/scoped_execution_unit.hpp>

#include "http/mailbox.hpp"

namespace epicura {

class Lane final : public caf::execution_unit {
 public:
  Lane(caf::actor_system& system, std::shared_ptr<http::Mailbox> worker);

  // Any thread: `to` handles the message on this lane; on CAF's threads when the worker has ended.
  template <class Handle, class Message>
  void send(const Handle& to, Message message) {
    deliver(caf::actor_cast<caf::abstract_actor*>(to), std::move(message), *this);
  }
  // On the worker's thread: as above, and before this returns.
  template <class Handle, class Message>
  void call(const Handle& to, Message message) {
    First first(system());
    deliver(caf::actor_cast<caf::abstract_actor*>(to), std::move(message), first);
    if (first.job) run(first.job);
  }

  // Any thread, other than CAF has it for its own units.
  void exec_later(caf::resumable* job) override;

 private:
  struct First final : caf::execution_unit {
    explicit First(caf::actor_system& of) : caf::execution_unit(&of) {}
    void exec_later(caf::resumable* ready) override { job = ready; }
    caf::resumable* job = nullptr;
  };
  template <class Message>
  static void deliver(caf::abstract_actor* to, Message message, caf::execution_unit& unit) {
    to->enqueue(caf::make_mailbox_element(nullptr, caf::make_message_id(), {}, std::move(message)), &unit);
  }
  void run(caf::resumable* job);

  const std::shared_ptr<http::Mailbox> worker_;
  caf::scoped_execution_unit others_;  // whom an actor on this lane wakes runs on CAF's threads
};

}  // namespace epicura
