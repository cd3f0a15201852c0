#pragma once
// Waiting for Ctrl-C in a subcommand's main thread, while library threads work. Block the signals before any thread is
// made: all of them inherit that.

#include <csignal>

#include "schema/time.hpp"

namespace epicura::cli {

class Signals {
 public:
  Signals();                                // blocks SIGINT, SIGTERM and SIGUSR1 in this thread and those it makes
  enum class Heard { nothing, ours, end };  // within the limit: wake(), or Ctrl-C and its like
  Heard wait(Millis limit) const;
  static void wake();  // any thread

 private:
  sigset_t signals_{};
};

}  // namespace epicura::cli
