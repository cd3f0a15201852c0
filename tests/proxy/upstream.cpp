#include "tests/proxy/upstream.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

namespace epicura::proxy::test {
namespace {

constexpr int look_ms = 20;  // how long the end of a test may be overlooked

}  // namespace

Upstream::Upstream(Answer answer)
    : answer_(std::move(answer)), listening_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (::bind(listening_, reinterpret_cast<sockaddr*>(&address), length) != 0 || ::listen(listening_, 64) != 0 ||
      ::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &length) != 0)
    throw std::runtime_error("no port to listen on");
  port_ = ntohs(address.sin_port);
  accepting_ = std::thread([this] { accept_all(); });
}

Upstream::~Upstream() {
  stopped_ = true;
  accepting_.join();
  for (auto& thread : threads_) thread.join();
  ::close(listening_);
}

std::vector<std::string> Upstream::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void Upstream::accept_all() {
  while (!stopped_) {
    pollfd wanted{listening_, POLLIN, 0};
    if (::poll(&wanted, 1, look_ms) <= 0) continue;
    const int fd = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    ++accepted_;
    threads_.emplace_back([this, fd] { serve(fd); });
  }
}

void Upstream::serve(int fd) {
  std::string bytes;
  while (!stopped_) {
    const auto head_end = bytes.find("\r\n\r\n");
    if (head_end != std::string::npos) {
      const auto field = bytes.find("Content-Length: ");
      const auto length = field < head_end ? std::strtoull(bytes.c_str() + field + 16, nullptr, 10) : 0;
      const auto total = head_end + 4 + length;
      if (bytes.size() >= total) {
        const auto request = bytes.substr(0, total);
        bytes.erase(0, total);
        {
          const std::lock_guard lock(mutex_);
          requests_.push_back(request);
        }
        const auto answer = answer_(request);
        if (answer.empty() || ::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) break;
        continue;
      }
    }
    pollfd wanted{fd, POLLIN, 0};
    if (::poll(&wanted, 1, look_ms) <= 0) continue;
    char buffer[65536];
    const auto count = ::recv(fd, buffer, sizeof buffer, 0);
    if (count <= 0) break;
    bytes.append(buffer, static_cast<std::size_t>(count));
  }
  ::close(fd);
}

std::string plain_answer(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

}  // namespace epicura::proxy::test
