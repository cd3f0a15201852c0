#include "bridge/kitchen/run.hpp"

#include <netdb.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <system_error>
#include <utility>

#include "bridge/back_off.hpp"

namespace epicura::bridge::kitchen {
namespace {

constexpr Millis max_clock_gap{1'000};
constexpr auto good_bye_limit = std::chrono::seconds{2};

[[noreturn]] void refuse(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

std::chrono::nanoseconds seconds_of(double seconds) {
  return std::chrono::nanoseconds{static_cast<std::int64_t>(seconds * 1e9)};
}

void make_room_for(std::size_t descriptors) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const rlim_t wanted = descriptors + 256;
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = limit.rlim_max == RLIM_INFINITY ? wanted : std::min(wanted, limit.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < wanted) {
    errno = EMFILE;
    refuse("more devices than this process may have open files (ulimit -n)");
  }
}

int open_epoll(std::size_t sockets) {
  make_room_for(sockets);
  const int fd = ::epoll_create1(EPOLL_CLOEXEC);
  if (fd < 0) refuse("epoll_create1");
  return fd;
}

Address resolve(const std::string& host, int port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int code = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found); code != 0) {
    throw std::system_error(EADDRNOTAVAIL, std::generic_category(), host + ": " + ::gai_strerror(code));
  }
  // `localhost` is ::1 first, where brokers often do not listen: IPv4 where there is both.
  const addrinfo* chosen = found;
  for (const addrinfo* each = found; each != nullptr && chosen->ai_family != AF_INET; each = each->ai_next)
    chosen = each;
  if (chosen->ai_family != AF_INET) chosen = found;
  Address address;
  std::memcpy(&address.bytes, chosen->ai_addr, chosen->ai_addrlen);
  address.length = chosen->ai_addrlen;
  ::freeaddrinfo(found);
  return address;
}

}  // namespace

Run::Run(const FleetSettings& settings, std::vector<KitchenDevice>& identities, const FleetEvents& events)
    : settings_(settings),
      shift_{settings, events, {}, Forecast(settings.weather, settings.messages_per_second)},
      plan_(shift_.plan),
      address_(resolve(settings.host, settings.port)),
      epoll_(open_epoll(identities.size())),
      random_(static_cast<std::minstd_rand::result_type>(settings.seed)) {
  for (const std::string& metric : settings.metrics) shift_.metrics.emplace_back(metric);
  plan_.devices = identities.size();
  if (settings.messages != 0) plan_.messages = settings.messages;
  const double rate = settings.messages_per_second;
  if (rate > 0) {
    plan_.interval_ns = 1e9 / rate / static_cast<double>(identities.size());
    if (settings.duration.count() > 0) {
      const double fitting = std::floor(rate * static_cast<double>(settings.duration.count()) / 1e3 + 1e-9);
      plan_.messages = std::min(plan_.messages, static_cast<std::uint64_t>(fitting));
    }
  }
  if (plan_.messages != Plan::unbounded) all_ = plan_.messages * identities.size();
  began_ = progress_at_ = next_connect_ = Monotonic::now();
  next_second_ = began_ + std::chrono::seconds{1};
  gather_until_ = began_ + settings.gather_limit +
                  seconds_of(static_cast<double>(identities.size()) / settings.connects_per_second);
  for (std::size_t i = 0; i < identities.size(); ++i) {
    devices_.emplace_back(identities[i], shift_, i);
    tries_.emplace(began_, i);
  }
}

Run::~Run() {
  ::close(epoll_);
}

FleetReport Run::until_done(const std::atomic<bool>& stop) {
  for (;;) {
    const auto now = Monotonic::now();
    advance(stop, now);
    if (phase_ == Phase::over) return report(ended_);
    if (phase_ != Phase::leaving) connect_due(now);
    if (plan_.sending && !plan_.closed_loop()) send_due(now);
    if (now >= next_second_) each_second(now);
    wait(now);
  }
}

void Run::advance(bool stop, Monotonic::time_point now) {
  if (progress_ != shift_.acknowledged) {
    progress_ = shift_.acknowledged;
    progress_at_ = now;
  }
  if (stop && phase_ < Phase::draining) {
    if (phase_ == Phase::gathering) begin_sending(now);
    end_sending(now);
    progress_at_ = now;
    phase_ = Phase::draining;
  }
  if (phase_ == Phase::gathering && (ever_online_ == devices_.size() || now >= gather_until_)) begin_sending(now);
  if (phase_ == Phase::sending) {
    const bool time_is_up =
        plan_.closed_loop() && settings_.duration.count() > 0 && now - plan_.start >= settings_.duration;
    if (time_is_up) end_sending(now);
    if (time_is_up || shift_.sent == all_ || (!plan_.closed_loop() && called_ == all_)) {
      phase_ = Phase::draining;
      progress_at_ = now;
    }
  }
  if (phase_ == Phase::draining) {
    const bool all_out = !plan_.sending || shift_.sent == all_;
    if ((all_out && shift_.acknowledged == shift_.sent) || now - progress_at_ >= settings_.drain_limit)
      begin_leaving(now);
  }
  if (phase_ == Phase::leaving && (sockets_ == 0 || now - left_at_ >= good_bye_limit)) phase_ = Phase::over;
}

void Run::begin_sending(Monotonic::time_point now) {
  phase_ = Phase::sending;
  plan_.sending = true;
  plan_.start = now;
  plan_.wall_start = settings_.begin.value_or(epicura::now());
  if (!plan_.closed_loop()) return;
  for (std::size_t i = 0; i < devices_.size(); ++i) {
    if (devices_[i].state() == Device::State::online) settle(i, devices_[i].send_due(now), now);
  }
}

void Run::end_sending(Monotonic::time_point now) {
  plan_.sending = false;
  for (std::size_t i = 0; i < devices_.size(); ++i) {
    if (devices_[i].state() == Device::State::online) settle(i, devices_[i].release(now), now);
  }
  // Nobody waits out the weather's pauses: who is away comes back to send the rest.
  std::vector<Try> away;
  for (; !tries_.empty(); tries_.pop()) away.emplace_back(std::min(tries_.top().first, now), tries_.top().second);
  for (const Try& each : away) tries_.push(each);
}

void Run::begin_leaving(Monotonic::time_point now) {
  phase_ = Phase::leaving;
  ended_ = left_at_ = now;
  plan_.sending = false;
  for (std::size_t i = 0; i < devices_.size(); ++i) {
    const bool online = devices_[i].state() == Device::State::online;
    if (devices_[i].socket() >= 0) settle(i, online && devices_[i].leave(now), now);
  }
}

void Run::connect_due(Monotonic::time_point now) {
  while (!tries_.empty() && tries_.top().first <= now && next_connect_ <= now) {
    const std::size_t index = tries_.top().second;
    tries_.pop();
    // Behind by more than 10 ms: the rate holds from now on, without a burst.
    next_connect_ =
        std::max(next_connect_, now - std::chrono::milliseconds{10}) + seconds_of(1 / settings_.connects_per_second);
    Device& device = devices_[index];
    const bool begun = device.connect(address_.bytes, address_.length, now);
    if (device.socket() >= 0) ++sockets_;
    if (!begun) {
      lost(index, now);
      continue;
    }
    epoll_event event{EPOLLIN | EPOLLOUT, {}};
    event.data.u64 = index;
    device.polled_for_write = true;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, device.socket(), &event) != 0) refuse("epoll_ctl");
  }
}

void Run::send_due(Monotonic::time_point now) {
  while (called_ < all_ && plan_.due(called_) <= now) {
    const std::size_t index = called_++ % plan_.devices;
    Device& device = devices_[index];
    if (device.state() == Device::State::online) settle(index, device.send_due(now), now);
  }
}

void Run::each_second(Monotonic::time_point now) {
  next_second_ += std::chrono::seconds{1};
  // A machine that slept, or a clock that was set: the readings' times follow the clock again.
  const Timestamp wall = settings_.begin ? plan_.wall(now) : epicura::now();
  if (const auto apart = wall - plan_.wall(now); apart > max_clock_gap || apart < -max_clock_gap)
    plan_.wall_start += apart;
  for (std::size_t i = 0; i < devices_.size(); ++i) settle(i, devices_[i].tend(now), now);
  if (shift_.events.progress && phase_ != Phase::leaving) shift_.events.progress(report(now));
}

void Run::wait(Monotonic::time_point now) {
  auto until = next_second_;
  if (plan_.sending && !plan_.closed_loop() && called_ < all_) until = std::min(until, plan_.due(called_));
  if (!tries_.empty() && phase_ != Phase::leaving) until = std::min(until, std::max(tries_.top().first, next_connect_));
  // Whole milliseconds, rounded up: what falls due meanwhile goes out together.
  const auto left = std::max<Millis::rep>(std::chrono::ceil<Millis>(until - now).count(), 0);
  epoll_event events[256];
  const int count = ::epoll_wait(epoll_, events, 256, static_cast<int>(left));
  if (count < 0 && errno != EINTR) refuse("epoll_wait");
  const auto woken = Monotonic::now();
  for (int i = 0; i < count; ++i) {
    const std::size_t index = events[i].data.u64;
    Device& device = devices_[index];
    if (device.socket() < 0) continue;
    const auto before = device.state();
    bool alive = true;
    if ((events[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0) alive = device.on_readable(woken);
    if (alive && (events[i].events & EPOLLOUT) != 0) alive = device.flush(woken);
    if (before == Device::State::connecting && device.state() == Device::State::online) {
      ++online_;
      device.failures = 0;
      if (std::exchange(device.was_online, true)) {
        ++reconnects_;
      } else {
        ++ever_online_;
      }
    }
    settle(index, alive, woken);
  }
}

void Run::settle(std::size_t index, bool alive, Monotonic::time_point now) {
  Device& device = devices_[index];
  if (!alive) return lost(index, now);
  if (device.socket() < 0 || device.wants_write() == device.polled_for_write) return;
  device.polled_for_write = device.wants_write();
  epoll_event event{EPOLLIN | (device.polled_for_write ? std::uint32_t{EPOLLOUT} : 0U), {}};
  event.data.u64 = index;
  if (::epoll_ctl(epoll_, EPOLL_CTL_MOD, device.socket(), &event) != 0) refuse("epoll_ctl");
}

void Run::lost(std::size_t index, Monotonic::time_point now) {
  Device& device = devices_[index];
  if (device.socket() >= 0) --sockets_;
  if (device.state() == Device::State::online) --online_;
  if (device.state() == Device::State::connecting) ++refused_;
  device.hang_up();
  if (phase_ == Phase::leaving) return;
  const auto pause = device.take_pause();
  tries_.emplace(now + (pause ? *pause : back_off(device.failures++, random_)), index);
}

FleetReport Run::report(Monotonic::time_point now) const {
  FleetReport report;
  report.devices = devices_.size();
  report.connected = online_;
  report.sent = shift_.sent;
  report.acknowledged = shift_.acknowledged;
  report.resent = shift_.resent;
  report.late = shift_.late;
  report.held = shift_.held;
  report.doubled = shift_.doubled;
  report.dropped = shift_.dropped;
  report.reconnects = reconnects_;
  report.refused = refused_;
  if (phase_ != Phase::gathering) report.seconds = std::chrono::duration<double>(now - plan_.start).count();
  report.p50 = shift_.latencies.at(0.5);
  report.p90 = shift_.latencies.at(0.9);
  report.p99 = shift_.latencies.at(0.99);
  report.p999 = shift_.latencies.at(0.999);
  report.longest = shift_.latencies.longest();
  const Timestamp time = phase_ == Phase::gathering ? settings_.begin.value_or(epicura::now()) : plan_.wall(now);
  for (std::size_t i = 0; i < std::min(settings_.glances, devices_.size()); ++i) {
    report.pots.push_back(devices_[i].glance(time));
  }
  return report;
}

}  // namespace epicura::bridge::kitchen
