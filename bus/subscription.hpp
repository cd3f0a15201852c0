#pragma once
// A plain subscription that outlives reconnects and new links.

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>

#include "bus/connection.hpp"

namespace epicura::bus {

// Messages come on a library thread of the subscription's own, one at a time. Without a bound nothing is dropped for
// being slow, so the caller bounds what can be under way (a consumer's max_ack_pending, a store's max_outstanding);
// with one, what does not fit is dropped and counted.
class Subscription {
 public:
  // The message is the library's and destroyed after the call. Must not throw.
  using OnMessage = std::function<void(natsMsg*)>;

  // `subject` may hold wildcards. The connection must outlive the subscription, started or not, drained or not.
  Subscription(Connection& connection, std::string subject, OnMessage on_message, int most_pending_bytes = -1);
  ~Subscription();  // end(1 s)
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

  const std::string& subject() const { return subject_; }
  std::uint64_t dropped();  // messages, so far

  // Asks the server for no more, lets what has come be handled (while connected, within `limit`), and waits for the
  // handler's last return; then the library's subscription is destroyed: never while it receives. Not from the handler.
  void end(Millis limit);

 private:
  struct Attached;
  struct Handler;
  void attach(const Link& link);

  Connection& connection_;
  const std::string subject_;
  const int most_pending_bytes_;  // -1: no bound
  const std::shared_ptr<Handler> handler_;
  std::mutex mutex_;                               // guards the next three
  std::list<std::unique_ptr<Attached>> attached_;  // the present one first, then those of dead links
  std::uint64_t dropped_ = 0;                      // on links that are gone
  bool ended_ = false;
  int listener_ = 0;
};

}  // namespace epicura::bus
