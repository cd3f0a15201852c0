#include "tests/pg/half_open.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

namespace epicura::pg {

namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

// False: the end of one side.
bool carry(int from, int to) {
  char bytes[65'536];
  const auto count = read(from, bytes, sizeof bytes);
  return count > 0 && send(to, bytes, static_cast<std::size_t>(count), MSG_NOSIGNAL) == count;
}

}  // namespace

HalfOpen::HalfOpen(int server_port) : server_port_(server_port) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto address = loopback(0);
  socklen_t size = sizeof address;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 16) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no port to listen on");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

HalfOpen::~HalfOpen() {
  stop_ = true;
  thread_.join();
  for (const auto& pair : pairs_) {
    close(pair.client);
    close(pair.server);
  }
  close(listener_);
}

void HalfOpen::accept_one() {
  const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (client < 0) return;
  const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = loopback(server_port_);
  const bool carried = carry_new_ && connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  pairs_.push_back({client, server, carried});
}

void HalfOpen::run() {
  while (!stop_) {
    if (frozen_.exchange(false)) {
      for (auto& pair : pairs_) pair.carried = false;
    }
    std::vector<pollfd> wanted{{listener_, POLLIN, 0}};
    for (const auto& pair : pairs_) {
      wanted.push_back({pair.carried ? pair.client : -1, POLLIN, 0});
      wanted.push_back({pair.carried ? pair.server : -1, POLLIN, 0});
    }
    if (poll(wanted.data(), wanted.size(), 10) <= 0) continue;
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
      auto& pair = pairs_[i];
      if (frozen_) break;
      if ((wanted[2 * i + 1].revents != 0 && !carry(pair.client, pair.server)) ||
          (wanted[2 * i + 2].revents != 0 && !carry(pair.server, pair.client))) {
        pair.carried = false;
        shutdown(pair.client, SHUT_RDWR);
        shutdown(pair.server, SHUT_RDWR);
      }
    }
    if (wanted[0].revents != 0) accept_one();
  }
}

}  // namespace epicura::pg
