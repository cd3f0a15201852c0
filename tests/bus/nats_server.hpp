#pragma once
// A private nats-server with conf/nats-server.conf itself, on a free loopback port, its files in a temporary directory.

#include <filesystem>
#include <string>

#include <sys/types.h>

namespace epicura::bus {

class NatsServer {
 public:
  // `max_file_store` other than empty replaces the configuration's.
  explicit NatsServer(const std::string& max_file_store = {}, bool started = true);
  ~NatsServer();
  NatsServer(const NatsServer&) = delete;
  NatsServer& operator=(const NatsServer&) = delete;

  void start();       // returns when it accepts clients; the port stays the same
  void kill();        // kill -9
  void stop();        // SIGTERM, and waits
  void pause();       // SIGSTOP
  void resume();      // SIGCONT
  void lose_files();  // while it is down
  void set_password(const std::string& password) { password_ = password; }  // of `epicura`, from the next start on

  std::string url(const std::string& user, const std::string& password) const;
  std::string url() const { return url("epicura", epicura_password); }
  int port() const { return port_; }

  static constexpr const char* epicura_password = "epicura-secret-of-the-test";
  static constexpr const char* ops_password = "ops-secret-of-the-test";

 private:
  std::filesystem::path directory_;
  std::string password_ = epicura_password;
  int port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace epicura::bus
