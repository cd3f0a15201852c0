#pragma once
// The socket that clients connect to.

#include <cstdint>
#include <optional>
#include <string>

#include "schema/ip_address.hpp"

namespace epicura::http {

struct ListeningSocket {
  int fd;
  std::uint16_t port;  // the real one
};

// Non-blocking, closed on exec, SO_REUSEADDR, TCP_NODELAY (accepted sockets inherit it). `address`: IPv4 or IPv6 in
// digits. Throws std::runtime_error with a sentence for the operator.
ListeningSocket listen_on(const std::string& address, std::uint16_t port);

struct AcceptedSocket {
  int fd;  // non-blocking, closed on exec
  IpAddress address;
};

// Keeps one descriptor in reserve, so that a client can be turned away even when the process has none left: an
// unaccepted connection would keep the listening socket readable, and the worker awake, for ever.
class Acceptor {
 public:
  Acceptor();
  ~Acceptor();
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  enum class Outcome { accepted, none_waiting, turned_away };
  Outcome accept(int listening, AcceptedSocket& socket);

 private:
  int reserve_;
};

}  // namespace epicura::http
