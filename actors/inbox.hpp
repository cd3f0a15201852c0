#pragma once
// Between a library's thread and an actor: the thread puts in, the actor takes all at once. The actor is woken only
// when the inbox was empty, so a burst costs it one message. Bounded by the consumer's MaxAckPending.

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace epicura {

template <class T>
class Inbox {
 public:
  // Called on the putting thread when the first item comes in. Set before the first `put`.
  void on_first(std::function<void()> wake) { wake_ = std::move(wake); }

  void put(T item) {
    bool first = false;
    {
      const std::lock_guard lock(mutex_);
      first = items_.empty();
      items_.push_back(std::move(item));
    }
    if (first && wake_) wake_();
  }

  std::vector<T> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(items_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<T> items_;
  std::function<void()> wake_;
};

}  // namespace epicura
