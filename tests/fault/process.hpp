#pragma once
// What /proc says of a server, and signals to all of it.

#include <sys/types.h>

#include <cstddef>
#include <vector>

namespace epicura::tests {

// What "memory stays flat" allows over an outage. The sanitizers keep what was freed for a while (256 MiB), and more
// beside it.
#ifdef __SANITIZE_ADDRESS__
inline constexpr std::size_t allowed_growth_kib = 512 * 1024;
#else
inline constexpr std::size_t allowed_growth_kib = 32 * 1024;
#endif

struct ProcessFacts {
  std::size_t rss_kib = 0;
  std::size_t threads = 0;
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
