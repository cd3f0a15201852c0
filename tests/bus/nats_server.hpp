#pragma once
// A private nats-server with conf/nats-server.conf itself, on a free loopback port, its files in a temporary directory.

#include <csignal>
#include <string>

#include "tests/stack/server_process.hpp"

namespace epicura::bus {

using tests::wait_until;

class NatsServer {
 public:
  // `max_file_store` other than empty replaces the configuration's.
  explicit NatsServer(const std::string& max_file_store = {}, bool started = true);

  void start();                     // returns when it accepts clients; the port stays the same
  void kill() { process_.kill(); }  // kill -9
  void stop() { process_.stop(); }  // SIGTERM, and waits
  void pause() { process_.pause(); }
  void resume() { process_.signal(SIGCONT); }
  void lose_files();                                                     // while it is down
  void configure(const std::string& usual, const std::string& instead);  // of the configuration, from the next start on
  void set_password(const std::string& password) { password_ = password; }  // of `epicura`, from the next start on

  std::string url(const std::string& user, const std::string& password) const;
  std::string url() const { return url("epicura", epicura_password); }
  int port() const { return port_; }
  const std::filesystem::path& directory() const { return directory_.path(); }  // all its files

  static constexpr const char* epicura_password = "epicura-secret-of-the-test";
  static constexpr const char* ops_password = "ops-secret-of-the-test";
  static constexpr const char* recorder_password = "recorder-secret-of-the-test";
  static constexpr const char* replayer_password = "replayer-secret-of-the-test";

 private:
  tests::OwnDirectory directory_{"/tmp/epicura-nats-XXXXXX"};
  std::string password_ = epicura_password;
  int port_ = tests::free_port();
  tests::ServerProcess process_;
};

}  // namespace epicura::bus
