#pragma once
// A private stack for a test: its own run directory, ports, data and processes, brought up by scripts/stack and taken
// away by the destructor. One thread uses it. What cannot be done throws std::runtime_error with the script's output.
//
// The constructor makes this process the one that orphaned processes fall to (PR_SET_CHILD_SUBREAPER), so that a
// server's exit status can be had although scripts/stack started it.

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace epicura::tests {

struct StackOptions {
  std::vector<std::string> servers;                // empty: postgres, nats, mosquitto and epicura
  std::map<std::string, std::string> environment;  // settings of `epicura serve`, such as EPICURA_RETENTION_DAYS
  bool wait = true;                                // false: do not wait for epicura's /ready
};

// How a process ended: its exit code, or the signal that ended it.
struct Ending {
  int exit_code = 0;
  int signal = 0;  // 0: it exited
};

class Stack {
 public:
  explicit Stack(StackOptions options = {});
  ~Stack();
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;

  // A line of the run directory's env, as it stands there now: env("EPICURA_URL"), env("DATABASE_URL"), ...
  std::string env(const std::string& name) const;
  // Of a server that was started: alive or not. `alive` counts a process that was stopped by SIGSTOP as alive.
  pid_t pid(std::string_view server) const;
  bool alive(std::string_view server) const;

  void signal(std::string_view server, int signal_number);
  void pause(std::string_view server);   // SIGSTOP
  void resume(std::string_view server);  // SIGCONT
  Ending kill(std::string_view server);  // SIGKILL; returns when it is gone
  // SIGTERM, and how it ended; throws when it still lives after `limit`.
  Ending terminate(std::string_view server, std::chrono::milliseconds limit = std::chrono::seconds(12));
  // Waits for an end that the test brings about by itself.
  Ending wait_for_end(std::string_view server, std::chrono::milliseconds limit);

  // Settings for what is started from now on; an absent value takes the variable away.
  void set_environment(const std::string& name, std::optional<std::string> value);
  void up(const std::vector<std::string>& servers = {}, bool wait = true);  // starts what is dead
  void restart(std::string_view server, bool wait = true);                  // dead or alive; same port, same data

  std::string log(std::string_view server) const;  // all that it has printed
  const std::filesystem::path& run_dir() const { return run_dir_; }

 private:
  void keep_log() const;
  void run_script(const std::vector<std::string>& words);
  void collect(pid_t process);

  std::filesystem::path run_dir_;
  std::map<std::string, std::string> environment_;
  std::map<pid_t, std::optional<Ending>> processes_;  // every server there ever was; absent: not seen to end
};

}  // namespace epicura::tests
