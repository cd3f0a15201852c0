#include "tests/bench/arrivals.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <stdexcept>
#include <string_view>
#include <thread>

#include <mosquitto.h>

namespace epicura::bench {
namespace {

class Subscriber final : public Arrivals {
 public:
  explicit Subscriber(const std::string& socket_path) {
    mosquitto_lib_init();
    client_ = mosquitto_new("bench-subscriber", false, this);
    mosquitto_connect_callback_set(client_, [](mosquitto* client, void*, int) {
      mosquitto_subscribe(client, nullptr, "epicura/+/telemetry/#", 1);
    });
    mosquitto_subscribe_callback_set(client_, [](mosquitto*, void* self, int, int, const int*) {
      static_cast<Subscriber*>(self)->subscribed_ = true;
    });
    mosquitto_message_callback_set(client_, [](mosquitto*, void* self, const mosquitto_message*) {
      static_cast<Subscriber*>(self)->count_.fetch_add(1, std::memory_order_relaxed);
    });
    mosquitto_connect(client_, socket_path.c_str(), 0, 60);
    mosquitto_loop_start(client_);
    for (int tries = 0; !subscribed_; ++tries) {
      if (tries == 500) throw std::runtime_error("the broker does not take the subscription on " + socket_path);
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
  }
  ~Subscriber() override {
    mosquitto_disconnect(client_);
    mosquitto_loop_stop(client_, false);
    mosquitto_destroy(client_);
  }

  std::uint64_t count() override { return count_; }

 private:
  std::atomic<std::uint64_t> count_{0};
  std::atomic<bool> subscribed_{false};
  mosquitto* client_ = nullptr;
};

class Counter final : public Arrivals {
 public:
  Counter(const std::string& url, std::string name) : name_("\n" + std::move(name) + " ") {
    constexpr std::string_view scheme = "http://";
    const auto colon = url.find(':', scheme.size());
    const auto slash = url.find('/', scheme.size());
    if (!url.starts_with(scheme) || colon == std::string::npos || slash == std::string::npos || slash < colon) {
      throw std::runtime_error("a counter's address is http://host:port/path, not " + url);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(url.substr(colon + 1, slash - colon - 1))));
    const auto host = url.substr(scheme.size(), colon - scheme.size());
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1 ||
        ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("nobody answers at " + url);
    }
    request_ = "GET " + url.substr(slash) + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: keep-alive\r\n\r\n";
    first_ = read();
  }
  ~Counter() override { ::close(socket_); }

  std::uint64_t count() override { return read() - first_; }

 private:
  std::uint64_t read() {
    if (::send(socket_, request_.data(), request_.size(), MSG_NOSIGNAL) < 0)
      throw std::runtime_error("the far end hung up");
    std::string answer;
    std::size_t whole = std::string::npos;
    while (answer.size() < whole) {
      char bytes[16384];
      const ssize_t count = ::recv(socket_, bytes, sizeof bytes, 0);
      if (count <= 0) throw std::runtime_error("the far end hung up");
      answer.append(bytes, static_cast<std::size_t>(count));
      const auto end = answer.find("\r\n\r\n");
      if (end == std::string::npos || whole != std::string::npos) continue;
      for (char& c : answer) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
      const auto length = answer.find("content-length:");
      if (length == std::string::npos || length > end) throw std::runtime_error("an answer without a length");
      whole = end + 4 + std::stoul(answer.substr(length + 15));
    }
    const auto found = answer.find(name_);
    if (found == std::string::npos) throw std::runtime_error("no counter" + name_);
    return static_cast<std::uint64_t>(std::stod(answer.substr(found + name_.size(), 24)));
  }

  std::string name_, request_;
  int socket_ = -1;
  std::uint64_t first_ = 0;
};

}  // namespace

std::unique_ptr<Arrivals> subscribe(const std::string& socket_path) {
  return std::make_unique<Subscriber>(socket_path);
}

std::unique_ptr<Arrivals> watch_counter(const std::string& url, const std::string& name) {
  return std::make_unique<Counter>(url, name);
}

}  // namespace epicura::bench
