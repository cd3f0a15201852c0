#pragma once
// The program that `epicura serve` runs: who is made with whom, and in which order all of it ends. Built, run and
// stopped by the main thread.

#include <memory>
#include <string>

#include "schema/settings/settings.hpp"

namespace epicura {

class Program {
 public:
  // Connects to nothing yet that it would wait for: dependencies may be away. Throws std::runtime_error with a sentence
  // for the operator where a port is taken.
  explicit Program(const Settings& settings);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // Until SIGTERM or SIGINT, which the calling thread must have blocked before any other was made.
  void run();

  // In the order of the house: not ready; no new connections; hang up on the broker; drain the consumers; flush what is
  // held; answer what is owed; end the actors; close PostgreSQL and NATS. A watchdog ends the process after 9 s (75).
  void stop();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace epicura
