#include "http/mailbox.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace epicura::http {

Mailbox::Mailbox() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Mailbox::~Mailbox() {
  ::close(fd_);
}

bool Mailbox::post(Mail mail) {
  bool awake = false;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    awake = std::exchange(awake_, true);
    queue_.push_back(std::move(mail));
  }
  if (!awake) wake();
  return true;
}

void Mailbox::wake() const {
  eventfd_write(fd_, 1);
}

void Mailbox::clear() const {
  eventfd_t count = 0;
  eventfd_read(fd_, &count);
}

void Mailbox::take(std::vector<Mail>& into) {
  into.clear();
  const std::lock_guard lock(mutex_);
  queue_.swap(into);
  awake_ = !into.empty();
}

std::vector<Mail> Mailbox::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  return std::move(queue_);
}

}  // namespace epicura::http
