#include "tests/bench/http_client.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <stdexcept>

namespace epicura::bench {
namespace {

template <class Number>
bool read_number(std::string_view text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size();
}

std::size_t content_length(std::string_view head) {
  constexpr std::string_view name = "\r\ncontent-length:";
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at + 2)) {
    if (head.size() - at < name.size() || ::strncasecmp(head.data() + at, name.data(), name.size()) != 0) continue;
    auto value = head.substr(at + name.size());
    value = value.substr(0, value.find('\r'));
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    std::size_t length = 0;
    if (read_number(value, length)) return length;
  }
  throw std::runtime_error("an answer without a length");
}

}  // namespace

Endpoint parse_url(const std::string& url) {
  constexpr std::string_view scheme = "http://";
  const auto colon = url.find(':', scheme.size());
  const auto slash = url.find('/', scheme.size());
  Endpoint out;
  in_addr address{};
  if (url.starts_with(scheme) && colon != std::string::npos && slash != std::string::npos && colon < slash) {
    out.host = url.substr(scheme.size(), colon - scheme.size());
    out.path = url.substr(slash);
    const auto port = std::string_view(url).substr(colon + 1, slash - colon - 1);
    if (read_number(port, out.port) && ::inet_pton(AF_INET, out.host.c_str(), &address) == 1) return out;
  }
  throw std::invalid_argument("an address is http://a.b.c.d:port/path, not " + url);
}

HttpClient::HttpClient(const Endpoint& server) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (socket_ < 0) throw std::runtime_error(std::string("no socket: ") + std::strerror(errno));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(server.port);
  ::inet_pton(AF_INET, server.host.c_str(), &address.sin_addr);
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // Closed by a reset: thousands of connections a turn leave no port behind in TIME_WAIT.
  const linger reset{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const std::string why = std::strerror(errno);
    ::close(socket_);
    throw std::runtime_error("no connection to " + server.host + ": " + why);
  }
}

HttpClient::~HttpClient() {
  ::close(socket_);
}

void HttpClient::send(std::string_view request) {
  const ssize_t sent = ::send(socket_, request.data(), request.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent != static_cast<ssize_t>(request.size())) throw std::runtime_error("the server takes no request");
}

int HttpClient::receive() {
  char bytes[16384];
  const ssize_t count = ::recv(socket_, bytes, sizeof bytes, MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
  if (count <= 0) throw std::runtime_error("the server hung up");
  answer_.append(bytes, static_cast<std::size_t>(count));
  if (whole_ == 0) {
    const auto end = answer_.find("\r\n\r\n");
    if (end == std::string::npos) return 0;
    whole_ = end + 4 + content_length(std::string_view(answer_).substr(0, end + 2));
  }
  if (answer_.size() < whole_) return 0;
  int status = 0;
  if (answer_.size() > whole_ || !answer_.starts_with("HTTP/1.1 ") ||
      !read_number(std::string_view(answer_).substr(9, 3), status)) {
    throw std::runtime_error("this is no answer to one request: " + answer_);
  }
  answer_.clear();
  whole_ = 0;
  return status;
}

bool HttpClient::is_open() const {
  char byte = 0;
  return ::recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

}  // namespace epicura::bench
