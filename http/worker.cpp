#include "http/worker.hpp"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "schema/observe/log.hpp"

namespace epicura::http {

namespace {

using Pistache::Polling::Mode;
using Pistache::Polling::NotifyOn;
using Pistache::Polling::Tag;

constexpr unsigned slot_bits = 20;
constexpr std::uint64_t slot_mask = (std::uint64_t{1} << slot_bits) - 1;

// Ids of connections are 2^20 and above, the reactor's own tag is a descriptor's number: these are neither.
constexpr std::uint64_t mailbox_tag = slot_mask;
constexpr std::uint64_t timer_tag = slot_mask - 1;
constexpr std::uint64_t listening_tag = slot_mask - 2;

constexpr int accepts_a_round = 64;
constexpr int rounds_of_mail = 16;

// A deadline is noticed at most this late.
Millis sweep_period(const ServerSettings& settings) {
  const auto shortest = std::min({settings.read_deadline, settings.write_deadline, settings.idle_deadline});
  return std::clamp(shortest / 4, Millis{10}, Millis{1000});
}

}  // namespace

Worker::Worker(std::shared_ptr<ServerCore> core, std::shared_ptr<Mailbox> mailbox, bool accepts)
    : core_(std::move(core)),
      accepts_(accepts),
      context_{.core = *core_, .mailbox = std::move(mailbox), .parser = RequestParser(core_->rules.max_head)} {}

Worker::~Worker() {
  for (const auto& connection : slots_)
    if (connection) close(connection->id());
  if (timer_ >= 0) ::close(timer_);
  if (!context_.mailbox) return;
  for (Mail& mail : context_.mailbox->close()) {
    if (const auto* accepted = std::get_if<Accepted>(&mail)) {
      ::close(accepted->fd);
    } else if (std::holds_alternative<Answered>(mail)) {
      core_->metrics->late_gone.Increment();
    } else if (const auto* task = std::get_if<Task>(&mail)) {
      (*task)();
    }
  }
}

std::shared_ptr<Pistache::Aio::Handler> Worker::clone() const {
  const auto index = core_->workers_made++;
  return std::make_shared<Worker>(core_, core_->mailboxes.at(index), index == 0);
}

void Worker::registerPoller(Pistache::Polling::Epoll& poller) {
  timer_ = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (timer_ < 0) throw std::system_error(errno, std::generic_category(), "timerfd");
  const Pistache::Flags<NotifyOn> readable(NotifyOn::Read);
  poller.addFd(timer_, readable, Tag(timer_tag));
  poller.addFd(context_.mailbox->fd(), readable, Tag(mailbox_tag));
  if (accepts_) poller.addFd(core_->listening, readable, Tag(listening_tag));
}

// Nothing may leave this function: an exception would end the process.
void Worker::onReady(const Pistache::Aio::FdSet& fds) {
  context_.now = std::chrono::steady_clock::now();
  if (!context_.unfinished.empty()) go_on();
  for (const auto& entry : fds) {
    try {
      dispatch(entry);
    } catch (...) {
      note_exception("a worker went on");
    }
  }
  if (!context_.unfinished.empty()) context_.mailbox->wake();
  if (core_->settings.after_round) core_->settings.after_round();
}

void Worker::dispatch(const Pistache::Aio::FdSet::Entry& entry) {
  const std::uint64_t tag = entry.getTag().value();
  if (tag == mailbox_tag) {
    take_mail();
  } else if (tag == listening_tag) {
    accept_some();
  } else if (tag == timer_tag) {
    sweep();
  } else {
    // An entry hides whether the client has closed its sending side; only this form of cast reaches a private base.
    const auto& event = (const Pistache::Polling::Event&)entry;  // NOLINT
    const Readiness what{.readable = entry.isReadable(),
                         .writable = entry.isWritable(),
                         .ended = event.flags.hasFlag(NotifyOn::Shutdown),
                         .hung_up = entry.isHangup()};
    step(tag, [&what](Connection& connection) { return connection.ready(what); });
  }
}

void Worker::note_exception(std::string_view what) noexcept try {
  core_->metrics->refused("exception");
  throw;
} catch (const std::exception& error) {
  log::error("http", "{} after: {}", what, error.what());
} catch (...) {
  log::error("http", "{} after an exception of no known kind", what);
}

template <class Step>
void Worker::step(ConnectionId id, Step&& step) {
  Connection* connection = find(id);
  if (connection == nullptr) return;
  bool alive = false;
  try {
    alive = step(*connection);
  } catch (...) {
    note_exception("a connection was closed");
  }
  if (!alive) close(id);
}

Connection* Worker::find(ConnectionId id) {
  const std::size_t slot = id & slot_mask;
  if (slot >= slots_.size() || !slots_[slot] || slots_[slot]->id() != id) return nullptr;
  return slots_[slot].get();
}

void Worker::accept_some() {
  for (int i = 0; i < accepts_a_round; ++i) {
    AcceptedSocket socket{};
    const auto outcome = acceptor_.accept(core_->listening, socket);
    if (outcome == Acceptor::Outcome::none_waiting) return;
    std::string_view reason = "turned_away";
    auto place = outcome == Acceptor::Outcome::accepted ? core_->admission.admit(socket.address, reason) : std::nullopt;
    if (!place) {
      if (outcome == Acceptor::Outcome::accepted) ::close(socket.fd);
      core_->metrics->refused(reason);
      continue;
    }
    Accepted accepted{socket.fd, socket.address, std::move(*place)};
    const auto& mailbox = core_->mailboxes[next_worker_++ % core_->mailboxes.size()];
    if (mailbox == context_.mailbox) {
      adopt(std::move(accepted));
    } else {
      mailbox->post(std::move(accepted));
    }
  }
}

void Worker::stop_accepting() {
  if (!accepts_ || core_->listening < 0) return;
  accept_some();  // who is in the backlog has connected already
  reactor()->removeFd(key(), core_->listening);
  ::close(core_->listening);
  core_->listening = -1;
}

void Worker::adopt(Accepted accepted) {
  if (free_slots_.empty()) {
    free_slots_.push_back(slots_.size());
    slots_.emplace_back();
  }
  const std::size_t slot = free_slots_.back();
  free_slots_.pop_back();
  const ConnectionId id = (++serial_ << slot_bits) | slot;
  slots_[slot] = std::make_unique<Connection>(id, std::move(accepted), context_);
  if (free_slots_.size() + 1 == slots_.size()) arm_sweep(true);
  core_->metrics->connections.Increment();
  core_->metrics->accepted.Increment();
  step(id, [this, id](Connection& connection) {
    // Edges, and both directions from the start: a writable edge only comes after a write that did not fit.
    reactor()->registerFd(key(), connection.fd(), NotifyOn::Read | NotifyOn::Write | NotifyOn::Shutdown, Tag(id),
                          Mode::Edge);
    return true;
  });
}

void Worker::close(ConnectionId id) {
  const std::size_t slot = id & slot_mask;
  slots_[slot].reset();  // closing the descriptor takes it out of the poller
  free_slots_.push_back(slot);
  if (free_slots_.size() == slots_.size()) arm_sweep(false);
  core_->metrics->connections.Decrement();
}

void Worker::take_mail() {
  context_.mailbox->clear();
  int rounds = 0;
  for (context_.mailbox->take(mail_); !mail_.empty(); context_.mailbox->take(mail_)) {
    for (Mail& mail : mail_) {
      try {  // one that throws takes neither the others nor the next wake-up with it
        read(mail);
      } catch (...) {
        note_exception("mail was dropped");
      }
    }
    mail_.clear();
    if (++rounds < rounds_of_mail) continue;
    context_.mailbox->wake();  // others first
    break;
  }
}

void Worker::read(Mail& mail) {
  if (auto* answered = std::get_if<Answered>(&mail)) {
    if (find(answered->connection) == nullptr) core_->metrics->late_gone.Increment();
    step(answered->connection, [answered](Connection& connection) { return connection.answer(std::move(*answered)); });
  } else if (auto* accepted = std::get_if<Accepted>(&mail)) {
    adopt(std::move(*accepted));
  } else if (const auto* task = std::get_if<Task>(&mail)) {
    (*task)();
  } else if (std::get<Order>(mail) == Order::stop_accepting) {
    stop_accepting();
  } else {
    for (const auto& slot : slots_)
      if (slot) step(slot->id(), [](Connection& connection) { return connection.drain(); });
  }
}

// The connections that gave way in an earlier round.
void Worker::go_on() {
  std::vector<ConnectionId> unfinished;
  unfinished.swap(context_.unfinished);
  for (const ConnectionId id : unfinished) step(id, [](Connection& connection) { return connection.go_on(); });
}

void Worker::sweep() {
  std::uint64_t times = 0;
  [[maybe_unused]] const auto got = ::read(timer_, &times, sizeof times);
  for (const auto& slot : slots_)
    if (slot) step(slot->id(), [](Connection& connection) { return connection.within_deadline(); });
}

void Worker::arm_sweep(bool on) {
  itimerspec when{};
  if (on) {
    const auto period = sweep_period(core_->settings);
    when.it_interval.tv_sec = period.count() / 1000;
    when.it_interval.tv_nsec = (period.count() % 1000) * 1'000'000;
    when.it_value = when.it_interval;
  }
  timerfd_settime(timer_, 0, &when, nullptr);
}

}  // namespace epicura::http
