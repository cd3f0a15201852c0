#pragma once
// A server that a test runs for itself: a process of its own on loopback, which ends with the test program, however
// that ends. Not thread-safe.

#include <sys/resource.h>
#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace epicura::tests {

// Looks every 2 ms until it is so; false after the limit.
bool wait_until(const std::function<bool()>& condition,
                std::chrono::milliseconds limit = std::chrono::milliseconds{10'000});

int free_port();             // of loopback; nobody's until somebody else takes it
bool accepts(int port);      // someone listens there on loopback
bool is_stopped(pid_t pid);  // each of its threads, by SIGSTOP

// A directory with everything in it, gone with its owner. `pattern`: a path that ends with XXXXXX.
class OwnDirectory {
 public:
  explicit OwnDirectory(std::string pattern);
  ~OwnDirectory();
  OwnDirectory(const OwnDirectory&) = delete;
  OwnDirectory& operator=(const OwnDirectory&) = delete;
  std::string operator/(const std::string& name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

struct Command {
  std::vector<std::string> words;             // the program: a path, or a name in PATH or /usr/sbin
  std::vector<std::string> environment = {};  // "NAME=value", beside our own
  std::string log;                            // a file to which all output is appended; made if it is not there
  std::optional<rlim_t> largest_file = {};    // bytes; writing beyond fails as on a full disk
};

class ServerProcess {
 public:
  ServerProcess() = default;
  ~ServerProcess();  // kill()
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  // Returns at once; the pid is the server's own. It is killed when the thread that started it ends.
  void start(const Command& command);
  void kill();  // SIGKILL, and waits; also when it has ended or was never started
  int stop(std::chrono::milliseconds limit = std::chrono::seconds(10));  // SIGTERM, then kill(); the exit code
  void signal(int number) const;
  void pause() const;  // SIGSTOP; returns when each of its threads stands still
  bool alive();
  pid_t pid() const { return pid_; }            // -1: it has ended
  int exit_code() const { return exit_code_; }  // 128 + signal where one ended it

 private:
  pid_t pid_ = -1;
  int exit_code_ = -1;
};

}  // namespace epicura::tests
