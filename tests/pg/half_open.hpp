#pragma once
// A network between client and server that can stop carrying without telling anybody: what is open stays open.

#include <atomic>
#include <thread>
#include <vector>

namespace epicura::pg {

class HalfOpen {
 public:
  explicit HalfOpen(int server_port);
  ~HalfOpen();
  int port() const { return port_; }

  void freeze() { frozen_ = true; }  // connections that stand, for good
  // New ones are carried as long as this is not called with false; then they are taken and left alone.
  void carry_new(bool carry) { carry_new_ = carry; }

 private:
  struct Pair {
    int client, server;
    bool carried;
  };
  void run();
  void accept_one();

  const int server_port_;
  int port_ = 0;
  int listener_ = -1;
  std::vector<Pair> pairs_;  // the thread's
  std::atomic<bool> frozen_{false};
  std::atomic<bool> carry_new_{true};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace epicura::pg
