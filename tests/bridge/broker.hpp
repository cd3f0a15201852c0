#pragma once
// A private Mosquitto of a test's own: no plugin, everyone may do everything, on a free loopback port and a Unix socket
// in a directory that goes with it. And a plain blocking publisher.

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/time.hpp"

struct mosquitto;

namespace epicura::bridge::test {

class Broker {
 public:
  Broker();  // starts it
  ~Broker();
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  void start();
  void kill();       // kill -9
  void terminate();  // it saves its state and ends
  int port() const { return port_; }
  std::string socket_path() const { return directory_ + "/mqtt.sock"; }
  pid_t pid() const { return pid_; }

 private:
  void reap();
  std::string directory_;
  int port_ = 0;
  pid_t pid_ = -1;
};

struct Outgoing {
  std::string topic;
  std::string payload;
  int qos = 1;
  bool retained = false;
};

// One connection; every message is acknowledged by the broker (or, at QoS 0, written) when it returns.
void publish(const Broker& broker, const std::vector<Outgoing>& messages);

// Looks every 2 ms whether `holds`, for at most `limit`; its last answer.
bool eventually(const std::function<bool()>& holds, Millis limit = Millis{10'000});

}  // namespace epicura::bridge::test
