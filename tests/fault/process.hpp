#pragma once
// What /proc says of a server, and signals to all of it.

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <vector>

namespace epicura::tests {

// What "memory stays flat" allows over an outage. The sanitizers keep what was freed for a while (256 MiB), and more
// beside it.
#ifdef __SANITIZE_ADDRESS__
inline constexpr std::size_t allowed_growth_kib = std::size_t{512} * 1024;
inline constexpr int slowness = 8;  // what limits of time and CPU are multiplied by
#else
inline constexpr std::size_t allowed_growth_kib = std::size_t{32} * 1024;
inline constexpr int slowness = 1;
#endif

struct ProcessFacts {
  std::size_t rss_kib = 0;
  std::size_t threads = 0;
  std::chrono::milliseconds cpu{0};  // of all its threads since it began, in steps of a clock tick (10 ms)
};
ProcessFacts facts_of(pid_t pid);  // zeros when it is gone

std::vector<pid_t> children_of(pid_t pid);

// PostgreSQL is many processes: the postmaster and its children, each in a session of its own.
void stop_with_children(pid_t pid);      // SIGSTOP, the parent first
void continue_with_children(pid_t pid);  // SIGCONT, the parent last

// A server that hangs for as long as this lives.
class Hanging {
 public:
  explicit Hanging(pid_t pid) : pid_(pid) { stop_with_children(pid_); }
  ~Hanging() { end(); }
  Hanging(const Hanging&) = delete;
  Hanging& operator=(const Hanging&) = delete;
  void end() {
    if (pid_ != 0) continue_with_children(pid_);
    pid_ = 0;
  }

 private:
  pid_t pid_;
};

}  // namespace epicura::tests
