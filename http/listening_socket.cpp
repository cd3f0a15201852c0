#include "http/listening_socket.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace epicura::http {

namespace {

constexpr int backlog = 4096;  // the kernel cuts it to net.core.somaxconn

[[noreturn]] void fail(const std::string& address, std::uint16_t port, int fd, int error) {
  if (fd >= 0) ::close(fd);
  throw std::runtime_error(fmt::format("cannot listen on {} port {}: {}", address, port, std::strerror(error)));
}

}  // namespace

ListeningSocket listen_on(const std::string& address, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found) != 0)
    throw std::runtime_error(fmt::format("cannot listen on '{}': not an IP address in digits", address));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> holder(found, freeaddrinfo);

  const int fd = ::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  if (fd < 0) fail(address, port, fd, errno);
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // The connections inherit it: of an answer whose reader is slow the kernel takes no more than that, and the rest
  // stays where it is. A thousand of them would have megabytes copied into the kernel each, at once.
  const int most_unsent = 128 << 10;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &most_unsent, sizeof most_unsent);
  if (::bind(fd, found->ai_addr, found->ai_addrlen) != 0) fail(address, port, fd, errno);
  if (::listen(fd, backlog) != 0) fail(address, port, fd, errno);

  sockaddr_storage bound{};
  socklen_t length = sizeof bound;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &length) != 0) fail(address, port, fd, errno);
  const auto port_bits = bound.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(bound).sin6_port
                                                     : reinterpret_cast<const sockaddr_in&>(bound).sin_port;
  return {fd, ntohs(port_bits)};
}

Acceptor::Acceptor() : reserve_(::open("/dev/null", O_RDONLY | O_CLOEXEC)) {}

Acceptor::~Acceptor() {
  if (reserve_ >= 0) ::close(reserve_);
}

Acceptor::Outcome Acceptor::accept(int listening, AcceptedSocket& socket) {
  sockaddr_storage from{};
  socklen_t length = sizeof from;
  socket.fd = ::accept4(listening, reinterpret_cast<sockaddr*>(&from), &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (socket.fd >= 0) {
    socket.address = IpAddress(from);
    return Outcome::accepted;
  }
  if (errno != EMFILE && errno != ENFILE) return errno == ECONNABORTED ? Outcome::turned_away : Outcome::none_waiting;
  if (reserve_ >= 0) ::close(reserve_);
  const int turned_away = ::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC);
  if (turned_away >= 0) ::close(turned_away);
  reserve_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  return turned_away >= 0 ? Outcome::turned_away : Outcome::none_waiting;
}

}  // namespace epicura::http
