#pragma once
// A stand-in for the program that says what reached it, and may answer badly: it reads requests and calls a function
// with each, head and body as they came; what that returns is sent, and after an empty string the connection is closed.

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace epicura::proxy::test {

class Upstream {
 public:
  using Answer = std::function<std::string(const std::string& request)>;

  explicit Upstream(Answer answer);
  ~Upstream();
  Upstream(const Upstream&) = delete;
  Upstream& operator=(const Upstream&) = delete;

  std::uint16_t port() const { return port_; }
  std::size_t accepted() const { return accepted_; }
  std::vector<std::string> requests() const;

 private:
  void accept_all();
  void serve(int fd);

  Answer answer_;
  int listening_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<std::size_t> accepted_{0};
  std::atomic<bool> stopped_{false};
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::vector<std::thread> threads_;  // of accept_all's making, joined after it
  std::thread accepting_;
};

std::string plain_answer(const std::string& body);

}  // namespace epicura::proxy::test
