#pragma once
// A worker's mailbox: how other threads reach the one thread that may touch a connection. An answer is addressed to
// (connection, request), numbers that are never used again, so it cannot reach another client.

#include <cstdint>
#include <functional>
#include <mutex>
#include <variant>
#include <vector>

#include "http/admission.hpp"
#include "http/answer.hpp"

namespace epicura::http {

using ConnectionId = std::uint64_t;

struct Answered {
  ConnectionId connection;
  std::uint64_t request;  // counts the connection's requests
  Outgoing outgoing;
};
struct Accepted {
  int fd;
  IpAddress address;
  Admission::Place place;
};
enum class Order {
  stop_accepting,
  drain,  // close what is idle, answer what is not, then close that
};
// Something that somebody wants done on the worker's thread. It must not block. When the worker ends first, it is done
// by the thread that ends it.
using Task = std::function<void()>;
using Mail = std::variant<Answered, Accepted, Order, Task>;

class Mailbox {
 public:
  Mailbox();
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  int fd() const { return fd_; }  // readable when there is something
  bool post(Mail mail);           // any thread; false: the worker has ended
  void wake() const;              // makes fd() readable

  // The worker: clear() when fd() is readable, and then take() until it gives nothing. Only after that, posting wakes
  // the worker again.
  void clear() const;
  void take(std::vector<Mail>& into);
  std::vector<Mail> close();  // hands out what is left

 private:
  int fd_;
  std::mutex mutex_;
  std::vector<Mail> queue_;
  bool awake_ = false;  // the worker has been woken, or is at it: it will look into the queue again
  bool closed_ = false;
};

}  // namespace epicura::http
