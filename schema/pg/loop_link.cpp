// The connection of a Client's thread: its attempts, its loss, and what is said to epoll.
#include <sys/epoll.h>

#include "schema/observe/log.hpp"
#include "schema/pg/loop.hpp"

namespace epicura::pg {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr Millis regain{250};  // for what waits while a lost connection is replaced

}  // namespace

// A vanished peer is noticed within about a minute on both sides (the server then frees locks of the session), and one
// that takes no data within the client's deadline.
Conninfo Client::Loop::session() const {
  Conninfo conninfo(settings_.conninfo);
  conninfo.set("application_name", settings_.application_name.empty() ? settings_.name : settings_.application_name);
  conninfo.set_default("keepalives_idle", "30");
  conninfo.set_default("keepalives_interval", "10");
  conninfo.set_default("keepalives_count", "3");
  conninfo.set_default("tcp_user_timeout", std::to_string(settings_.client_deadline.count()));
  conninfo.set_session("tcp_keepalives_idle", "30");
  conninfo.set_session("tcp_keepalives_interval", "10");
  conninfo.set_session("tcp_keepalives_count", "3");
  // A statement on a connection that we have left ends by itself, and lets go of its locks.
  conninfo.set_session("client_connection_check_interval", "1000");
  conninfo.set_session("lock_timeout", std::to_string(settings_.lock_deadline.count()));
  conninfo.set_session("statement_timeout", std::to_string(settings_.server_deadline.count()));
  conninfo.set_session("jit", "off");  // many short statements: compiling them costs more than it saves
  return conninfo;
}

void Client::Loop::start_connecting() {
  connection_due_ = SteadyClock::now() + settings_.connect_deadline;
  link_.start();
  after_attempt();
}

void Client::Loop::after_attempt() {
  switch (link_.state()) {
    case Link::State::connecting:
      watch(link_.wanted());
      return;
    case Link::State::away:
      connection_due_ = SteadyClock::now() + backoff_.next();
      give_up_waiting(link_.error());
      if (std::exchange(said_, link_.error()) != said_) log::warning("pg", "{}: {}", settings_.name, said_);
      return;
    case Link::State::up:
      break;
  }
  backoff_.reset();
  said_.clear();
  pipeline_.emplace(link_.conn(), settings_.max_result_bytes);
  waiting_due_.reset();
  blocked_ = false;
  watch(EPOLLIN);
  connected_.store(true, std::memory_order_release);
  counters_.connected.Set(1);
  if (std::exchange(was_connected_, true)) counters_.reconnects.Increment();
  log::info("pg", "{}: connected", settings_.name);
  if (events_.connected) events_.connected();
}

void Client::Loop::lose(std::string why) {  // a copy: the original may lie in the pipeline that ends here
  auto left = pipeline_->take_all();
  pipeline_.reset();
  link_.drop();
  connection_due_ = now_ + backoff_.next();
  waiting_due_ = now_ + regain;
  connected_.store(false, std::memory_order_release);
  counters_.connected.Set(0);
  log::warning("pg", "{}: connection lost: {} ({} units in flight)", settings_.name, why,
               left.size() + waiting_.size());
  std::deque<Unit> repeated;
  for (auto& unit : left) {
    if (unit.outcome.failure) {
      finish(std::move(unit));
    } else if (unit.due <= now_) {
      fail(std::move(unit), Failure::timeout, why);
    } else if (unit.point_reads && !unit.repeated) {
      unit.repeated = true;
      unit.outcome = {};
      repeated.push_back(std::move(unit));
    } else {
      fail(std::move(unit), Failure::away, why);
    }
  }
  counters_.repeats.Increment(static_cast<double>(repeated.size()));
  for (; !repeated.empty(); repeated.pop_back()) waiting_.push_front(std::move(repeated.back()));
  if (events_.lost) events_.lost();
}

void Client::Loop::give_up_waiting(const std::string& why) {
  waiting_due_.reset();
  for (auto& unit : std::exchange(waiting_, {})) {
    const auto failure = unit.due <= now_ ? Failure::timeout : Failure::away;
    fail(std::move(unit), failure, why);
  }
}

// libpq may close one socket and open another under the same number, which epoll then has forgotten: while connecting
// each call goes to the kernel.
void Client::Loop::watch(std::uint32_t events) {
  const int descriptor = link_.descriptor();
  if (pipeline_ && descriptor == watched_ && events == watched_events_) return;
  watched_ = descriptor;
  watched_events_ = events;
  epoll_event event{.events = events, .data = {.fd = descriptor}};
  if (epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor, &event) != 0) {
    (void)epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event);
  }
}

}  // namespace epicura::pg
