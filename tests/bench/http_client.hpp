#pragma once
// One keep-alive HTTP/1.1 connection of a load, without blocking: a request at a time.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace epicura::bench {

struct Endpoint {
  std::string host;  // an IPv4 address
  std::uint16_t port = 0;
  std::string path;
};
Endpoint parse_url(const std::string& url);  // http://a.b.c.d:port/path; throws std::invalid_argument

class HttpClient {
 public:
  explicit HttpClient(const Endpoint& server);  // connects, and waits for that; throws std::runtime_error
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  int socket() const { return socket_; }
  void send(std::string_view request);  // small enough for the socket's buffer; throws std::runtime_error
  // When the socket is readable: the status of the answer once it is there as a whole, else 0. An answer has to have a
  // Content-Length. Throws std::runtime_error when the server has hung up, or says what is not HTTP.
  int receive();
  bool is_open() const;  // of a connection that waits for nothing

 private:
  int socket_ = -1;
  std::string answer_;
  std::size_t whole_ = 0;  // bytes of the answer, 0 while its head is not complete
};

}  // namespace epicura::bench
