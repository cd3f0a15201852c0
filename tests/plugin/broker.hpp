#pragma once
// A private Mosquitto with the house's conf/mosquitto.conf and the built plugin, on a free loopback port, in a
// temporary directory of its own. Not thread-safe.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "schema/uuid.hpp"
#include "tests/stack/server_process.hpp"

namespace epicura::test {

using tests::wait_until;

struct BrokerSpec {
  std::vector<std::pair<std::string, std::string>> replace;  // in the filled conf: first text -> second text
  std::string token_key = "a key of the tests, 32 bytes long";
  std::string bridge_password = "the bridge's own password, 32 bytes and more";
  bool short_of_files = false;  // no file of it grows beyond 200 bytes: a full disk
};

class Broker {
 public:
  explicit Broker(BrokerSpec spec = {});

  bool start();                     // true: it accepts connections; false: it has exited, see exit_code() and log()
  void kill() { process_.kill(); }  // -9
  int stop() { return process_.stop(); }  // SIGTERM; the exit code
  void signal(int number) const { process_.signal(number); }

  int port() const { return port_; }
  pid_t pid() const { return process_.pid(); }
  int exit_code() const { return process_.exit_code(); }
  bool alive() { return process_.alive(); }
  std::string socket() const { return directory_ / "run/bridge.sock"; }
  std::string saved_file() const { return data_directory() + "/mosquitto.db"; }
  std::string data_directory() const { return directory_ / "data"; }
  std::string log() const;
  std::string token(const std::string& device_id, std::uint32_t generation = 1) const;
  const std::string& bridge_password() const { return spec_.bridge_password; }
  std::size_t resident_kib() const;

 private:
  void write_files() const;

  BrokerSpec spec_;
  tests::OwnDirectory directory_{"/tmp/epicura-broker-XXXXXX"};
  int port_ = tests::free_port();
  tests::ServerProcess process_;
};

std::string new_device_id();

}  // namespace epicura::test
