#include "schema/pg/loop.hpp"

#include <libpq-fe.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "schema/observe/log.hpp"

namespace epicura::pg {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t flush_bytes = 65'536;
constexpr Millis patience{100};  // with work that nobody waits for any more

}  // namespace

thread_local bool Client::Loop::gathering = false;
thread_local std::vector<Client::Loop*> Client::Loop::gathered;

Client::Loop::Loop(ClientSettings settings, ClientEvents events, observe::Metrics& metrics)
    : settings_(std::move(settings)), events_(std::move(events)), counters_(metrics, settings_.name), link_(session()) {
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
  unit.point_reads = true;
  for (const auto& [statement, params] : unit.statements) {
    unit.bytes += params.bytes();
    unit.point_reads = unit.point_reads && statement->kind == Statement::Kind::point_read;
  }
  const auto units = in_flight_.fetch_add(1, std::memory_order_relaxed) + 1;
  const auto bytes = in_flight_bytes_.fetch_add(unit.bytes, std::memory_order_relaxed) + unit.bytes;
  unit.over_limit = units > settings_.max_in_flight || bytes > settings_.max_in_flight_bytes;
  std::unique_lock lock(mutex_);
  if (closed_) {
    lock.unlock();
    counters_.ended_unsent();
    unit.outcome = {.results = {}, .failure = Failure::away, .sqlstate = {}, .constraint = {}, .message = "stopped"};
    answer(std::move(unit));
    return;
  }
  inbox_.push_back(std::move(unit));
  lock.unlock();
  if (!gathering) return wake_if_asleep();
  if (std::find(gathered.begin(), gathered.end(), this) == gathered.end()) gathered.push_back(this);
}

// The thread looks into the inbox, under the mutex, after it last said that it does not sleep.
void Client::Loop::wake_if_asleep() {
  if (sleeping_.exchange(false)) wake();
}

void Client::Loop::run() {
  now_ = SteadyClock::now();
  start_connecting();
  std::vector<Unit> arrived;
  while (collect(arrived)) {
    now_ = SteadyClock::now();
    for (auto& unit : arrived) accept(std::move(unit));
    arrived.clear();
    send_waiting();
    see_to_deadlines(now_);
    counters_.in_flight.Set(static_cast<double>(in_flight_.load(std::memory_order_relaxed)));
    counters_.in_flight_bytes.Set(static_cast<double>(in_flight_bytes_.load(std::memory_order_relaxed)));
    epoll_event ready[2];
    const int count = epoll_wait(epoll_, ready, 2, may_sleep() ? sleep_millis(now_) : 0);
    sleeping_.store(false, std::memory_order_relaxed);
    now_ = SteadyClock::now();
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
  counters_.in_flight.Set(0);
  counters_.in_flight_bytes.Set(0);
}

bool Client::Loop::collect(std::vector<Unit>& arrived) {
  const std::lock_guard lock(mutex_);
  arrived.swap(inbox_);
  closed_ = stopping_;
  return !stopping_;
}

bool Client::Loop::may_sleep() {
  const std::lock_guard lock(mutex_);
  const bool nothing = inbox_.empty() && !stopping_;
  sleeping_.store(nothing, std::memory_order_relaxed);
  return nothing;
}

void Client::Loop::accept(Unit unit) {
  if (unit.over_limit) {
    fail(std::move(unit), Failure::away, "too much in flight");
  } else if (!pipeline_ && !waiting_due_) {
    fail(std::move(unit), Failure::away, "not connected");
  } else {
    next_due_ = std::min(next_due_, unit.due);
    waiting_.push_back(std::move(unit));
  }
}

// What waits here can still be answered, in time or not, without any work for the server.
void Client::Loop::send_waiting() {
  if (!pipeline_ || blocked_ || waiting_.empty()) return;
  std::size_t bytes = 0;
  auto flushed = Pipeline::Flush::done;
  while (!waiting_.empty() && !pipeline_->full() && flushed == Pipeline::Flush::done) {
    bytes += waiting_.front().bytes;
    Unit unit = std::move(waiting_.front());
    waiting_.pop_front();
    if (!pipeline_->send(std::move(unit))) {
      flushed = Pipeline::Flush::broken;
    } else if (bytes >= flush_bytes) {
      bytes = 0;
      flushed = pipeline_->flush();
    }
  }
  if (flushed == Pipeline::Flush::done) flushed = pipeline_->flush();
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
  const bool alive = pipeline_->receive(now_, [this](Unit unit) { finish(std::move(unit)); });
  auto again = pipeline_->take_again();
  counters_.repeats.Increment(static_cast<double>(again.size()));
  for (; !again.empty(); again.pop_back()) waiting_.push_front(std::move(again.back()));
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
  if (pipeline_ && pipeline_->idle_since()) next_due_ = std::min(next_due_, now_ + patience);
}

int Client::Loop::sleep_millis(SteadyTime now) const {
  auto due = SteadyTime::max();
  if (!pipeline_) {
    due = std::min(connection_due_, waiting_due_.value_or(SteadyTime::max()));
  } else if (!pipeline_->empty() || !waiting_.empty()) {
    due = next_due_;
  }
  if (due == SteadyTime::max()) return -1;
  return static_cast<int>(std::max<Millis::rep>(0, std::chrono::ceil<Millis>(due - now).count()));
}

void Client::Loop::see_to_deadlines(SteadyTime now) {
  if (pipeline_) {
    if (now >= next_due_) expire(now);
    return;
  }
  if (waiting_due_ && now >= *waiting_due_) give_up_waiting("the connection was lost and does not come back");
  if (now < connection_due_) return;
  if (link_.state() == Link::State::connecting) {
    link_.give_up(fmt::format("not connected within {} ms", settings_.connect_deadline.count()));
    after_attempt();
  } else {
    start_connecting();
  }
}

void Client::Loop::expire(SteadyTime now) {
  const auto why = fmt::format("no answer within {} ms", settings_.client_deadline.count());
  next_due_ = pipeline_->expire(now, [&](Unit unit) { fail(std::move(unit), Failure::timeout, why); });
  std::deque<Unit> left;
  for (auto& unit : std::exchange(waiting_, {})) {
    if (unit.due <= now) {
      fail(std::move(unit), Failure::timeout, why);
    } else {
      next_due_ = std::min(next_due_, unit.due);
      left.push_back(std::move(unit));
    }
  }
  waiting_ = std::move(left);
  const auto since = pipeline_->idle_since();
  if (!since) return;
  if (now < *since + patience) {
    next_due_ = std::min(next_due_, *since + patience);
  } else {
    lose(why);
  }
}

void Client::Loop::fail(Unit unit, Failure failure, const std::string& why) {
  unit.outcome.results.clear();
  unit.outcome.failure = failure;
  unit.outcome.message = why;
  finish(std::move(unit));
}

void Client::Loop::finish(Unit unit) {
  counters_.ended(unit, now_ - (unit.due - settings_.client_deadline));
  answer(std::move(unit));
}

void Client::Loop::answer(Unit unit) {
  in_flight_.fetch_sub(1, std::memory_order_relaxed);
  in_flight_bytes_.fetch_sub(unit.bytes, std::memory_order_relaxed);
  try {
    unit.done(std::move(unit.outcome));
  } catch (const std::exception& error) {
    log::error("pg", "{}: a callback threw: {}", settings_.name, error.what());
  }
}

}  // namespace epicura::pg
