#include "bridge/session.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "bridge/back_off.hpp"
#include "bridge/link.hpp"
#include "schema/observe/log.hpp"

namespace epicura::bridge {
namespace {

using Monotonic = std::chrono::steady_clock;

constexpr Millis tick{1'000};         // how often keep-alive and gate are looked at without a reason
constexpr Millis write_limit{2'000};  // for a broker that does not take PUBACKs

constexpr short hung_up = POLLHUP | POLLERR | POLLRDHUP;

void drain(int event_fd) {
  eventfd_t count = 0;
  ::eventfd_read(event_fd, &count);
}

}  // namespace

Session::Session(SessionSettings settings, SessionEvents events, observe::Metrics& metrics, const std::string& label)
    : settings_(std::move(settings)),
      events_(std::move(events)),
      counters_{
          metrics.gauge("epicura_mqtt_connected", "1 while the session's filters are subscribed.",
                        {{"session", label}}),
          metrics.counter("epicura_mqtt_messages_total", "Messages stored, those with illegal topics included.",
                          {{"session", label}}),
          metrics.counter("epicura_mqtt_batches_total", "Batches stored.", {{"session", label}}),
          metrics.counter("epicura_mqtt_reconnects_total", "Connections begun after the first.", {{"session", label}})},
      label_(label),
      wake_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (wake_fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Session::~Session() {
  stop();
  ::close(wake_fd_);
}

void Session::start() {
  thread_ = std::thread([this] { run(); });
  ::pthread_setname_np(thread_.native_handle(), ("mqtt-" + label_).substr(0, 15).c_str());  // as top shows it
}

void Session::stop() {
  stopping_ = true;
  wake();
  if (thread_.joinable()) thread_.join();
}

void Session::wake() {
  ::eventfd_write(wake_fd_, 1);
}

void Session::run() {
  std::minstd_rand random{std::random_device{}()};
  int failures = 0;
  bool first = true;
  while (!stopping_) {
    if (!events_.open()) {
      if (!wait_until_open()) break;
      failures = 0;  // what was away has come back: no reason to wait longer
    }
    if (!std::exchange(first, false)) counters_.reconnects.Increment();
    const auto began = Monotonic::now();
    End end = End::lost;
    try {
      end = serve();
    } catch (const std::exception& error) {
      log::error("bridge", "session {}: {}", label_, error.what());
    }
    tell(false);
    if (end == End::lost_after_storing || Monotonic::now() - began > longest_back_off) failures = 0;
    if (!stopping_ && !pause(back_off(failures++, random), false)) break;
  }
}

Session::End Session::serve() {
  Link link(settings_, events_.other);
  Batch batch;
  End end = End::lost;
  auto heard = Monotonic::now();  // last progress of the handshake
  auto tended = heard;
  auto batch_began = heard;
  while (!stopping_ && link.state() != Link::State::lost) {
    const bool open = events_.open();
    pollfd fds[2] = {{link.socket(), POLLRDHUP, 0}, {wake_fd_, POLLIN, 0}};
    if (open) fds[0].events |= POLLIN;
    if (link.wants_write()) fds[0].events |= POLLOUT;
    const bool at_hand = open && link.holds_packets();  // read, and left over by a full batch
    if (::poll(fds, 2, at_hand ? 0 : static_cast<int>(tick.count())) < 0 && errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "poll");
    }
    if (fds[1].revents != 0) drain(wake_fd_);
    if (stopping_) break;
    const bool gone = (fds[0].revents & hung_up) != 0;
    if (gone && !open) link.lose("hung up by the broker");

    const bool readable = at_hand || (open && (fds[0].revents & (POLLIN | hung_up)) != 0);
    // Few large batches take less of everybody's time than many small ones, and no device waits for these PUBACKs.
    if (readable && !at_hand && !gone && !gather(batch_began + settings_.gather)) break;

    const auto now = Monotonic::now();
    if (readable) {
      batch_began = now;
      link.read(batch);
      heard = now;
      if (batch.size() != 0) {
        // Stored even when the connection has ended meanwhile: a broker that was killed cannot send it again.
        const auto count = static_cast<double>(batch.size());
        if (!events_.store(batch.good, batch.refused)) {
          link.lose("the batch could not be stored");
          break;
        }
        batch.clear();
        end = End::lost_after_storing;
        counters_.messages.Increment(count);
        counters_.batches.Increment();
      }
    }
    if (link.state() == Link::State::subscribed) tell(true);
    link.flush(write_limit);  // only here is anything written, and here all that was read is stored
    if (now - tended >= tick) {
      tended = now;
      link.tend();
    }
    if (!open) heard = now;
    if (link.state() != Link::State::subscribed && now - heard > settings_.answer_limit)
      link.lose("the broker does not answer");
  }
  if (!stopping_ && link.reason() != last_reason_) {
    last_reason_ = link.reason();
    log::warning("bridge", "session {}: connection lost: {}", label_, last_reason_);
  }
  return end;
}

// Waits for `limit`; true when it has passed, or (with until_woken) someone called wake().
bool Session::pause(Millis limit, bool until_woken) {
  const auto deadline = Monotonic::now() + limit;
  while (!stopping_) {
    const auto left = std::chrono::ceil<Millis>(deadline - Monotonic::now());
    if (left.count() <= 0) return true;
    pollfd fd{wake_fd_, POLLIN, 0};
    if (::poll(&fd, 1, static_cast<int>(left.count())) > 0) {
      drain(wake_fd_);
      if (until_woken) break;
    }
  }
  return !stopping_;
}

// Waits until then; wake() does not end it. False: stopping.
bool Session::gather(Monotonic::time_point until) {
  const auto left = std::chrono::ceil<Millis>(until - Monotonic::now());
  return left.count() <= 0 || pause(left, false);
}

bool Session::wait_until_open() {
  while (!events_.open()) {
    if (!pause(tick, true)) return false;
  }
  return !stopping_;
}

void Session::tell(bool subscribed) {
  if (std::exchange(subscribed_, subscribed) == subscribed) return;
  counters_.connected.Set(subscribed ? 1 : 0);
  if (subscribed) {
    last_reason_.clear();
    log::info("bridge", "session {}: subscribed", label_);
  }
  if (events_.changed) events_.changed(subscribed);
}

}  // namespace epicura::bridge
