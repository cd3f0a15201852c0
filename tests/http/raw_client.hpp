#pragma once
// A client that says exactly what it is told to, byte by byte, and a server to say it to.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "http/server.hpp"

namespace epicura::http::test {

using namespace std::chrono_literals;

inline bool eventually(const std::function<bool()>& condition, Millis limit = 5000ms) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(2ms);
  }
  return true;
}

// The process's.
inline double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

inline double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

struct Answer {
  int status = 0;
  std::string head;
  std::string body;

  std::string field(std::string_view name) const {
    const auto at = head.find("\r\n" + std::string(name) + ": ");
    if (at == std::string::npos) return {};
    const auto begin = at + 2 + name.size() + 2;
    return head.substr(begin, head.find("\r\n", begin) - begin);
  }
};

class RawClient {
 public:
  // `from`: the client's own address, another one of loopback's. `segment`: bytes a packet at most; small ones make
  // the server's socket take little that has not been read.
  explicit RawClient(std::uint16_t port, int receive_buffer = 0, const char* from = nullptr, int segment = 0)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer > 0) ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    if (segment > 0) ::setsockopt(fd_, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    if (from != nullptr && inet_pton(AF_INET, from, &to.sin_addr) == 1)
      bound_ = ::bind(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = bound_ && ::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
  }
  ~RawClient() { close(); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool connected() const { return connected_; }
  int fd() const { return fd_; }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  void reset() {  // the other side sees a reset, not an end
    const linger now{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
  }
  void end_sending() const { ::shutdown(fd_, SHUT_WR); }

  bool send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  // The next answer; absent if the connection ends or `limit` passes before it is whole.
  std::optional<Answer> answer(Millis limit = 5000ms, bool to_head = false) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (true) {
      const auto head_end = received_.find("\r\n\r\n");
      if (head_end != std::string::npos) {
        Answer read;
        read.head = received_.substr(0, head_end + 2);
        read.status = std::atoi(read.head.c_str() + 9);
        const auto length = to_head ? 0 : std::strtoull(("0" + read.field("Content-Length")).c_str(), nullptr, 10);
        if (received_.size() >= head_end + 4 + length) {
          read.body = received_.substr(head_end + 4, length);
          received_.erase(0, head_end + 4 + length);
          return read;
        }
      }
      if (!receive(end)) return std::nullopt;
    }
  }

  std::optional<Answer> ask(std::string_view request, Millis limit = 5000ms) {
    send(request);
    return answer(limit);
  }

  // Whether the server ends the connection; answers before that are kept in `rest()`.
  bool closed(Millis limit = 5000ms) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (receive(end)) {
    }
    return ended_;
  }
  const std::string& rest() const { return received_; }

 private:
  bool receive(std::chrono::steady_clock::time_point end) {
    const auto left = std::chrono::duration_cast<Millis>(end - std::chrono::steady_clock::now()).count();
    pollfd wanted{fd_, POLLIN, 0};
    if (left <= 0 || ::poll(&wanted, 1, static_cast<int>(left)) <= 0) return false;
    char buffer[65536];
    const auto count = ::recv(fd_, buffer, sizeof buffer, 0);
    if (count <= 0) {
      ended_ = true;
      return false;
    }
    received_.append(buffer, static_cast<std::size_t>(count));
    return true;
  }

  int fd_;
  bool bound_ = true;
  bool connected_ = false;
  bool ended_ = false;
  std::string received_;
};

inline std::string get(std::string_view target, std::string_view more = "") {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: t\r\n" + std::string(more) + "\r\n";
}
inline std::string post(std::string_view target, std::string_view body, std::string_view more = "") {
  return "POST " + std::string(target) + " HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n" + std::string(more) + "\r\n" + std::string(body);
}

// What the handler understood, as text.
inline std::string told(const Request& request) {
  std::string text = std::string(request.route->name) + " " + request.path;
  for (const auto& [key, value] : request.params) text.append(" {").append(key).append("=").append(value).append("}");
  for (const auto& [key, value] : request.query) text.append(" ?").append(key).append("=").append(value);
  if (!request.body.empty()) text += " #" + std::to_string(request.body.size());
  return text;
}

// Answers at once with what it understood.
inline void tell(const Request& request, const Reply& reply) {
  reply.answer({.content_type = "text/plain", .body = told(request), .headers = {}});
}

struct Served {
  explicit Served(OnRequest on_request = tell, const std::function<void(ServerSettings&)>& adjust = {})
      : server(settings(adjust), std::move(on_request), metrics) {
    server.start();
  }
  static ServerSettings settings(const std::function<void(ServerSettings&)>& adjust) {
    ServerSettings made;
    made.routes = api_routes;
    if (adjust) adjust(made);
    return made;
  }
  std::uint16_t port() const { return server.port(); }
  bool lives() const {
    RawClient client(port());
    const auto answer = client.ask(get("/health"));
    return answer && answer->status == 200;
  }
  // The sum of a counter over its labels that contain `label`.
  double counted(const std::string& name, const std::string& label = "") const {
    double sum = 0;
    const auto text = metrics.text();
    for (std::size_t at = 0; at < text.size();) {
      const auto line = text.substr(at, text.find('\n', at) - at);
      at += line.size() + 1;
      if (line.starts_with(name + "{") && line.find(label) != std::string::npos)
        sum += std::atof(line.c_str() + line.rfind(' '));
    }
    return sum;
  }
  double refused(const std::string& reason) const {
    return counted("epicura_http_refused_input_total", "reason=\"" + reason + "\"");
  }

  observe::Metrics metrics;
  Server server;
};

}  // namespace epicura::http::test
