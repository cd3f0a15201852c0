#pragma once
// One thread of the front end: a handler in Pistache's reactor that owns its connections. Everything that happens to a
// connection happens here; other threads reach it through the mailbox, which is registered in the same poller.
//
// It stands in the place of Pistache's Tcp::Transport and Listener, whose ways of handing things from thread to thread
// are not used: an answer there is addressed by descriptor number, which a new client may have got meanwhile, and their
// queues can lose a wake-up (the descriptor is cleared after the queue was found empty).

#include <pistache/reactor.h>

#include <memory>
#include <vector>

#include "http/connection.hpp"
#include "http/listening_socket.hpp"
#include "http/server_core.hpp"

namespace epicura::http {

class Worker final : public Pistache::Aio::Handler {
 public:
  // Of the prototype that the reactor clones, once for each of its threads, nothing but clone() is used.
  Worker(std::shared_ptr<ServerCore> core, std::shared_ptr<Mailbox> mailbox, bool accepts);
  ~Worker() override;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void registerPoller(Pistache::Polling::Epoll& poller) override;
  void onReady(const Pistache::Aio::FdSet& fds) override;
  std::shared_ptr<Pistache::Aio::Handler> clone() const override;

 private:
  void dispatch(const Pistache::Aio::FdSet::Entry& entry);
  void note_exception(std::string_view what) noexcept;  // in a catch clause
  void accept_some();
  void stop_accepting();
  void adopt(Accepted accepted);
  void take_mail();
  void read(Mail& mail);
  void go_on();
  void sweep();
  void arm_sweep(bool on);

  Connection* find(ConnectionId id);
  template <class Step>
  void step(ConnectionId id, Step&& step);  // lets a connection do something; closes it if it has ended or throws
  void close(ConnectionId id);

  const std::shared_ptr<ServerCore> core_;
  const bool accepts_;
  WorkerContext context_;
  Acceptor acceptor_;
  int timer_ = -1;

  // A connection's id is its slot and a serial number that is never used again.
  std::vector<std::unique_ptr<Connection>> slots_;
  std::vector<std::size_t> free_slots_;
  std::uint64_t serial_ = 0;
  std::size_t next_worker_ = 0;
  std::vector<Mail> mail_;
};

}  // namespace epicura::http
