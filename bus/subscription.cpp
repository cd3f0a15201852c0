#include "bus/subscription.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <vector>

#include "schema/observe/log.hpp"

namespace epicura::bus {

// One message at a time, also while an old link's last message is still being handled.
struct Subscription::Handler {
  std::mutex mutex;
  std::atomic<bool> over{false};  // the subscription has ended: whoever made `call` may be gone
  OnMessage call;
};

namespace {

// Messages that have been handled. The library gives each one that is destroyed to a thread of its own, and wakes it:
// destroyed in bunches, it is woken once for a bunch (the wakes took a sixth of the program's time under load).
class Handled {
 public:
  Handled() { messages_.reserve(most_messages); }
  ~Handled() { destroy(); }
  Handled(const Handled&) = delete;
  Handled& operator=(const Handled&) = delete;

  void add(natsMsg* message) {
    bytes_ += static_cast<std::size_t>(natsMsg_GetDataLength(message));
    messages_.push_back(message);
    if (messages_.size() == most_messages || bytes_ >= most_bytes) destroy();
  }

 private:
  static constexpr std::size_t most_messages = 1024;
  static constexpr std::size_t most_bytes = std::size_t{1} << 20;

  void destroy() {
    for (natsMsg* message : messages_) natsMsg_Destroy(message);
    messages_.clear();
    bytes_ = 0;
  }

  std::vector<natsMsg*> messages_;
  std::size_t bytes_ = 0;
};

}  // namespace

// The subscription on one link. The library calls on_message and at last on_complete with the heap copy `Shared`,
// which therefore outlives this object if the library never comes to an end.
struct Subscription::Attached {
  struct Shared {
    std::shared_ptr<Handler> handler;
    std::mutex mutex;
    std::condition_variable changed;
    bool complete = false;
    Handled handled;               // the library's thread of this subscription only
    std::shared_ptr<Shared> self;  // reset by the last call
  };

  static void on_message(natsConnection*, natsSubscription*, natsMsg* message, void* closure) noexcept {
    auto& shared = *static_cast<Shared*>(closure);
    {
      const std::scoped_lock one_at_a_time(shared.handler->mutex);
      if (!shared.handler->over) shared.handler->call(message);
    }
    shared.handled.add(message);
  }

  static void on_complete(void* closure) noexcept {
    auto* shared = static_cast<Shared*>(closure);
    const std::shared_ptr<Shared> held = std::move(shared->self);
    const std::scoped_lock lock(held->mutex);
    held->complete = true;
    held->changed.notify_all();
  }

  Attached(Link made, const std::string& subject, int most_pending_bytes, const std::shared_ptr<Handler>& handler)
      : link(std::move(made)), shared(std::make_shared<Shared>()) {
    shared->handler = handler;
    shared->self = shared;
    natsStatus status = natsConnection_Subscribe(&raw, link.get(), subject.c_str(), on_message, shared.get());
    if (status == NATS_OK) {
      natsSubscription_SetPendingLimits(raw, -1, most_pending_bytes);
      // Fails only where the link has just closed: `complete` then never comes, and `shared` is left to the library.
      status = natsSubscription_SetOnCompleteCB(raw, on_complete, shared.get());
    } else {
      shared->self.reset();
      shared->complete = true;
    }
    if (status != NATS_OK) log::warning("bus", "cannot subscribe to {}: {}", subject, natsStatus_GetText(status));
  }

  std::uint64_t dropped() {
    if (raw != nullptr) natsSubscription_GetDropped(raw, &dropped_messages);
    return static_cast<std::uint64_t>(dropped_messages);
  }

  bool wait(Millis limit) {
    std::unique_lock lock(shared->mutex);
    return shared->changed.wait_for(lock, limit, [this] { return shared->complete; });
  }

  // True: complete, and destroyed. At the library's own limit, a little earlier, it gives up what is still queued.
  bool end(bool connected, Millis limit) {
    if (raw == nullptr) return true;
    // Draining means a round trip, which only a connected link can make; else what has come is left to redelivery.
    if (!connected || natsSubscription_DrainTimeout(raw, std::max<std::int64_t>(limit.count() - 100, 1)) != NATS_OK)
      natsSubscription_Unsubscribe(raw);
    if (!wait(limit)) return false;
    dropped();
    natsSubscription_Destroy(raw);
    raw = nullptr;
    return true;
  }

  Link link;
  std::shared_ptr<Shared> shared;
  natsSubscription* raw = nullptr;
  std::int64_t dropped_messages = 0;
};

Subscription::Subscription(Connection& connection, std::string subject, OnMessage on_message, int most_pending_bytes)
    : connection_(connection),
      subject_(std::move(subject)),
      most_pending_bytes_(most_pending_bytes),
      handler_(std::make_shared<Handler>()) {
  handler_->call = std::move(on_message);
  listener_ = connection_.on_link([this](const Link& link) { attach(link); });
}

Subscription::~Subscription() {
  end(Millis{1000});
}

void Subscription::attach(const Link& link) {
  const std::scoped_lock lock(mutex_);
  // Old links are closed; their subscriptions are destroyed as soon as their handler has returned.
  attached_.remove_if([this](const auto& old) {
    if (!old->end(false, Millis{0})) return false;
    dropped_ += old->dropped();
    return true;
  });
  attached_.push_front(std::make_unique<Attached>(link, subject_, most_pending_bytes_, handler_));
}

std::uint64_t Subscription::dropped() {
  const std::scoped_lock lock(mutex_);
  std::uint64_t sum = dropped_;
  for (const auto& one : attached_) sum += one->dropped();
  return sum;
}

void Subscription::end(Millis limit) {
  {
    const std::scoped_lock lock(mutex_);
    if (ended_) return;
    ended_ = true;
  }
  connection_.forget(listener_);
  const std::scoped_lock lock(mutex_);
  bool newest = true;
  for (const auto& one : attached_) {
    if (!one->end(newest && connection_.connected(), limit))
      log::error("bus", "the handler of {} did not return within {} ms", subject_, limit.count());
    newest = false;
  }
  handler_->over = true;
}

}  // namespace epicura::bus
