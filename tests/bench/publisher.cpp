#include "tests/bench/publisher.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

#include <fmt/format.h>

#include "schema/time.hpp"

namespace epicura::bench {

Publisher::Publisher(PublisherSettings settings, std::vector<Identity> devices) : settings_(std::move(settings)) {
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0) throw std::runtime_error("epoll_create1 fails");
  for (auto& identity : devices) {
    Device device;
    device.topic = "epicura/" + identity.id + "/telemetry/temperature";
    device.client = settings_.lean ? make_lean_client(std::move(identity)) : make_stock_client(std::move(identity));
    devices_.push_back(std::move(device));
  }
}

Publisher::~Publisher() {
  ::close(epoll_);
}

void Publisher::connect() {
  for (std::size_t i = 0; i < devices_.size(); ++i) {
    devices_[i].client->connect(settings_.host, settings_.port);
    epoll_event event{EPOLLIN, {}};
    event.data.u64 = i;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, devices_[i].client->socket(), &event) != 0)
      throw std::runtime_error("epoll_ctl fails");
  }
}

void Publisher::run(const std::atomic<std::uint64_t>& arrived, const std::atomic<bool>& stop) {
  while (!stop) {
    bool any = false;
    for (std::size_t i = 0; i < devices_.size() && sent_ - arrived < settings_.window; ++i) {
      Device& device = devices_[turn_++ % devices_.size()];
      if (device.unacknowledged >= settings_.device_window) continue;
      send_next(device);
      any = true;
    }
    read_answers(any ? 0 : 1);
  }
}

void Publisher::drain(const std::atomic<bool>& give_up) {
  while (acknowledged_ < sent_ && !give_up) read_answers(10);
}

void Publisher::read_answers(int timeout_ms) {
  epoll_event events[64];
  const int count = ::epoll_wait(epoll_, events, 64, timeout_ms);
  if (count < 0 && errno != EINTR) throw std::runtime_error("epoll_wait fails");
  for (int i = 0; i < count; ++i) {
    Device& device = devices_[events[i].data.u64];
    const std::size_t answers = device.client->read_answers();
    device.unacknowledged -= answers;
    acknowledged_ += answers;
  }
}

void Publisher::send_next(Device& device) {
  const std::uint64_t seq = device.seq++;
  payload_.clear();
  fmt::format_to(std::back_inserter(payload_), R"({{"ts":"{}","value":{}.5,"unit":"C","seq":{}}})",
                 format_rfc3339(now()), 150 + seq % 50, seq);
  device.client->publish(device.topic, payload_);
  ++device.unacknowledged;
  ++sent_;
}

}  // namespace epicura::bench
