#include "tests/bench/open_loop.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>

namespace epicura::bench {
namespace {

using Steady = std::chrono::steady_clock;

constexpr auto answer_limit = std::chrono::seconds{10};

timespec until(SteadyTime time) {
  const auto left = std::max<std::int64_t>(0, std::chrono::nanoseconds(time - Steady::now()).count());
  return {left / 1'000'000'000, left % 1'000'000'000};
}

int wait_for_answer(HttpClient& client) {
  for (;;) {
    pollfd entry{client.socket(), POLLIN, 0};
    if (::poll(&entry, 1, 10'000) <= 0) throw std::runtime_error("a new connection gets no answer");
    if (const int status = client.receive()) return status;
  }
}

}  // namespace

OpenLoop::OpenLoop(OpenLoopSettings settings, std::function<std::string_view()> request)
    : settings_(std::move(settings)), request_(std::move(request)), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_ < 0) throw std::runtime_error("no epoll");
  ::prctl(PR_SET_TIMERSLACK, 1);  // the default of 50 us would be seen
}

OpenLoop::~OpenLoop() {
  ::close(epoll_);
}

void OpenLoop::connect() {
  for (std::size_t i = 0; i < settings_.idle; ++i) {
    auto& client = *idle_.emplace_back(std::make_unique<HttpClient>(settings_.server));
    client.send(request_());
    if (wait_for_answer(client) / 100 != 2) throw std::runtime_error("an idle connection was refused its one request");
  }
  connections_.resize(settings_.connections);
  for (std::size_t i = 0; i < connections_.size(); ++i) {
    connections_[i].client = std::make_unique<HttpClient>(settings_.server);
    epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, connections_[i].client->socket(), &event) != 0)
      throw std::runtime_error("epoll takes no more");
    free_.push_back(i);
  }
}

OpenLoopResult OpenLoop::run() {
  const auto begun = Steady::now();
  const auto end = begun + settings_.warm_up + settings_.length;
  const std::chrono::duration<double, std::nano> interval(1e9 / settings_.rate);
  measured_from_ = begun + settings_.warm_up;
  std::uint64_t number = 0;
  const auto due = [&] {
    return begun + std::chrono::nanoseconds(static_cast<std::int64_t>(interval.count() * static_cast<double>(number)));
  };
  for (auto now = begun; due() < end || !waiting_.empty() || free_.size() < connections_.size(); now = Steady::now()) {
    if (now > end + answer_limit) throw std::runtime_error("requests without an answer 10 s after the end");
    for (; due() < end && due() <= now; ++number) waiting_.push_back(due());
    send_due();
    wait(due() < end ? due() : end + answer_limit);
  }
  for (const auto& client : idle_)
    if (!client->is_open()) throw std::runtime_error("an idle connection was closed");
  std::sort(result_.latency_us.begin(), result_.latency_us.end());
  return std::move(result_);
}

void OpenLoop::send_due() {
  while (!waiting_.empty() && !free_.empty()) {
    auto& connection = connections_[free_.front()];
    free_.pop_front();
    connection.due = waiting_.front();
    waiting_.pop_front();
    connection.client->send(request_());
    ++result_.sent;
  }
}

void OpenLoop::wait(SteadyTime end) {
  epoll_event events[256];
  const timespec limit = until(end);
  const int count = ::epoll_pwait2(epoll_, events, 256, &limit, nullptr);
  if (count < 0 && errno != EINTR) throw std::runtime_error("epoll_pwait2 fails");
  for (int i = 0; i < count; ++i) {
    const auto index = events[i].data.u64;
    if (const int status = connections_[index].client->receive()) answered(index, status);
  }
}

void OpenLoop::answered(std::size_t index, int status) {
  const auto& connection = connections_[index];
  if (status / 100 != 2) ++result_.not_2xx;
  if (connection.due >= measured_from_) {
    result_.latency_us.push_back(std::chrono::duration<double, std::micro>(Steady::now() - connection.due).count());
  }
  free_.push_back(index);
}

}  // namespace epicura::bench
