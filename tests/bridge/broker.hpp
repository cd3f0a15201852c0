#pragma once
// A private Mosquitto of a test's own: no plugin, everyone may do everything, on a free loopback port and a Unix socket
// in a directory that goes with it. And a plain blocking publisher.

#include <string>
#include <vector>

#include "schema/time.hpp"
#include "tests/stack/server_process.hpp"

struct mosquitto;

namespace epicura::bridge::test {

using tests::wait_until;

class Broker {
 public:
  Broker();  // starts it

  void start();
  void kill() { process_.kill(); }       // kill -9
  void terminate() { process_.stop(); }  // it saves its state and ends
  int port() const { return port_; }
  std::string socket_path() const { return directory_ / "mqtt.sock"; }
  pid_t pid() const { return process_.pid(); }

 private:
  tests::OwnDirectory directory_{"/tmp/epicura-bridge-XXXXXX"};
  int port_ = tests::free_port();
  tests::ServerProcess process_;
};

struct Outgoing {
  std::string topic;
  std::string payload;
  int qos = 1;
  bool retained = false;
};

// One connection; every message is acknowledged by the broker (or, at QoS 0, written) when it returns.
void publish(const Broker& broker, const std::vector<Outgoing>& messages);

}  // namespace epicura::bridge::test
