#pragma once
// A worker's mailbox: how other threads reach the one thread that may touch a connection. An answer is addressed to
// (connection, request), numbers that are never used again, so it cannot reach another client.

#include <cstdint>
#include <mutex>
#include <variant>
#include <vector>

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
  std::string address;
};
enum class Order {
  stop_accepting,
  drain,  // close what is idle, answer what is not, then close that
};
using Mail = std::variant<Answered, Accepted, Order>;

class Mailbox {
 public:
  Mailbox();
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  int fd() const { return fd_; }  // readable when there is something
  bool post(Mail mail);           // any thread; false: the worker has ended
  void wake() const;              // makes fd() readable

  // The worker. The descriptor is cleared before the queue is taken, so no wake-up can be lost between the two.
  void take(std::vector<Mail>& into);
  std::vector<Mail> close();  // hands out what is left

 private:
  int fd_;
  std::mutex mutex_;
  std::vector<Mail> queue_;
  bool closed_ = false;
};

}  // namespace epicura::http
