#include "schema/pg/loop.hpp"

#include <libpq-fe.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "schema/observe/log.hpp"

namespace epicura::pg {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t flush_bytes = 65'536;

// A vanished peer is noticed within about a minute on both sides (the server then frees locks of the session), and one
// that takes no data within the client's deadline.
Conninfo session(const ClientSettings& settings) {
  Conninfo conninfo(settings.conninfo);
  conninfo.set("application_name", settings.application_name.empty() ? settings.name : settings.application_name);
  conninfo.set_default("keepalives_idle", "30");
  conninfo.set_default("keepalives_interval", "10");
  conninfo.set_default("keepalives_count", "3");
  conninfo.set_default("tcp_user_timeout", std::to_string(settings.client_deadline.count()));
  conninfo.set_session("tcp_keepalives_idle", "30");
  conninfo.set_session("tcp_keepalives_interval", "10");
  conninfo.set_session("tcp_keepalives_count", "3");
  conninfo.set_session("statement_timeout", std::to_string(settings.server_deadline.count()));
  conninfo.set_session("jit", "off");  // many short statements: compiling them costs more than it saves
  return conninfo;
}

}  // namespace

Client::Loop::Loop(ClientSettings settings, ClientEvents events, observe::Metrics& metrics)
    : settings_(std::move(settings)),
      events_(std::move(events)),
      counters_(metrics, settings_.name),
      link_(session(settings_)) {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  event_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  // Edge-triggered, so that its counter need never be read.
  epoll_event wakeup{.events = EPOLLIN | EPOLLET, .data = {.fd = event_}};
  if (epoll_ < 0 || event_ < 0 || epoll_ctl(epoll_, EPOLL_CTL_ADD, event_, &wakeup) != 0) {
    throw std::system_error(errno, std::generic_category(), "epoll");
  }
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), ("pg-" + settings_.name).substr(0, 15).c_str());
}

Client::Loop::~Loop() {
  stop();
  close(event_);
  close(epoll_);
}

void Client::Loop::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake();
  if (thread_.joinable()) thread_.join();
}

void Client::Loop::wake() {
  const std::uint64_t one = 1;
  (void)!write(event_, &one, sizeof one);
}

void Client::Loop::submit(Unit unit) {
  unit.due = SteadyClock::now() + settings_.client_deadline;
  unit.over_limit = in_flight_.fetch_add(1, std::memory_order_relaxed) >= settings_.max_in_flight;
  std::unique_lock lock(mutex_);
  if (closed_) {
    lock.unlock();
    fail(std::move(unit), Failure::away, "stopped");
    return;
  }
  inbox_.push_back(std::move(unit));
  const bool sleeping = sleeping_.exchange(false, std::memory_order_relaxed);
  lock.unlock();
  if (sleeping) wake();
}

void Client::Loop::run() {
  start_connecting();
  std::vector<Unit> arrived;
  while (collect(arrived)) {
    const bool more = !arrived.empty();
    for (auto& unit : arrived) accept(std::move(unit));
    arrived.clear();
    send_waiting();
    see_to_deadlines(SteadyClock::now());
    epoll_event ready[2];
    const int count = epoll_wait(epoll_, ready, 2, more ? 0 : sleep_millis(SteadyClock::now()));
    sleeping_.store(false, std::memory_order_relaxed);
    for (int i = 0; i < count; ++i) {
      if (ready[i].data.fd != event_) on_descriptor();
    }
  }

  auto left = pipeline_ ? pipeline_->take_all() : std::deque<Unit>();
  std::move(waiting_.begin(), waiting_.end(), std::back_inserter(left));
  std::move(arrived.begin(), arrived.end(), std::back_inserter(left));
  pipeline_.reset();
  link_.drop();
  connected_.store(false, std::memory_order_release);
  counters_.connected.Set(0);
  for (auto& unit : left) fail(std::move(unit), Failure::away, "stopped");
}

bool Client::Loop::collect(std::vector<Unit>& arrived) {
  const std::lock_guard lock(mutex_);
  arrived.swap(inbox_);
  closed_ = stopping_;
  sleeping_.store(arrived.empty() && !stopping_, std::memory_order_relaxed);
  return !stopping_;
}

void Client::Loop::accept(Unit unit) {
  if (unit.over_limit) {
    fail(std::move(unit), Failure::away, "too many units in flight");
  } else if (!pipeline_) {
    fail(std::move(unit), Failure::away, "not connected");
  } else {
    waiting_.push_back(std::move(unit));
  }
}

// Gives libpq no more than the socket takes: what waits here is not copied yet.
void Client::Loop::send_waiting() {
  if (!pipeline_ || blocked_ || waiting_.empty()) return;
  std::size_t bytes = 0;
  auto flushed = Pipeline::Flush::done;
  while (!waiting_.empty() && flushed == Pipeline::Flush::done) {
    for (const auto& [statement, params] : waiting_.front().statements) bytes += params.bytes();
    Unit unit = std::move(waiting_.front());
    waiting_.pop_front();
    if (!pipeline_->send(std::move(unit))) {
      flushed = Pipeline::Flush::broken;
    } else if (bytes >= flush_bytes || waiting_.empty()) {
      bytes = 0;
      flushed = pipeline_->flush();
    }
  }
  if (flushed == Pipeline::Flush::broken) {
    lose(pipeline_->error());
  } else {
    blocked_ = flushed == Pipeline::Flush::blocked;
    watch(blocked_ ? EPOLLIN | EPOLLOUT : EPOLLIN);
  }
}

void Client::Loop::on_descriptor() {
  if (link_.state() == Link::State::connecting) {
    link_.advance();
    after_attempt();
    return;
  }
  if (!pipeline_) return;
  const bool alive = pipeline_->receive([this](Unit unit) { finish(std::move(unit)); });
  if (!alive) {
    lose(pipeline_->error());
  } else if (blocked_) {
    const auto flushed = pipeline_->flush();
    blocked_ = flushed == Pipeline::Flush::blocked;
    if (flushed == Pipeline::Flush::broken) {
      lose(pipeline_->error());
    } else if (!blocked_) {
      watch(EPOLLIN);
    }
  }
}

std::optional<SteadyTime> Client::Loop::next_due() const {
  if (!pipeline_) return connection_due_;
  if (!pipeline_->empty()) return pipeline_->oldest_due();
  if (!waiting_.empty()) return waiting_.front().due;
  return std::nullopt;
}

int Client::Loop::sleep_millis(SteadyTime now) const {
  const auto due = next_due();
  if (!due) return -1;
  return static_cast<int>(std::max<Millis::rep>(0, std::chrono::ceil<Millis>(*due - now).count()));
}

void Client::Loop::see_to_deadlines(SteadyTime now) {
  const auto due = next_due();
  if (!due || now < *due) return;
  if (pipeline_) {
    lose(fmt::format("no answer within {} ms", settings_.client_deadline.count()));
  } else if (link_.state() == Link::State::connecting) {
    link_.give_up(fmt::format("not connected within {} ms", settings_.connect_deadline.count()));
    after_attempt();
  } else {
    start_connecting();
  }
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
      if (std::exchange(said_, link_.error()) != said_) log::warning("pg", "{}: {}", settings_.name, said_);
      return;
    case Link::State::up:
      break;
  }
  backoff_.reset();
  said_.clear();
  pipeline_.emplace(link_.conn());
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
  std::move(waiting_.begin(), waiting_.end(), std::back_inserter(left));
  waiting_.clear();
  pipeline_.reset();
  link_.drop();
  const auto now = SteadyClock::now();
  connection_due_ = now + backoff_.next();
  connected_.store(false, std::memory_order_release);
  counters_.connected.Set(0);
  log::warning("pg", "{}: connection lost: {} ({} units in flight)", settings_.name, why, left.size());
  for (auto& unit : left) {
    const auto failure = unit.due <= now ? Failure::timeout : Failure::away;
    fail(std::move(unit), failure, why);
  }
  if (events_.lost) events_.lost();
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

void Client::Loop::fail(Unit unit, Failure failure, const std::string& why) {
  unit.outcome.results.clear();
  unit.outcome.failure = failure;
  unit.outcome.message = why;
  finish(std::move(unit));
}

void Client::Loop::finish(Unit unit) {
  in_flight_.fetch_sub(1, std::memory_order_relaxed);
  counters_.ended(unit.outcome);
  try {
    unit.done(std::move(unit.outcome));
  } catch (const std::exception& error) {
    log::error("pg", "{}: a callback threw: {}", settings_.name, error.what());
  }
}

}  // namespace epicura::pg
