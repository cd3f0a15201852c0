#include "actors/cli/signals.hpp"

#include <unistd.h>

#include <ctime>

namespace epicura::cli {

Signals::Signals() {
  sigemptyset(&signals_);
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) sigaddset(&signals_, signal);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
}

Signals::Heard Signals::wait(Millis limit) const {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(limit);
  const timespec time{seconds.count(), std::chrono::nanoseconds(limit - seconds).count()};
  const int signal = sigtimedwait(&signals_, nullptr, &time);
  if (signal < 0) return Heard::nothing;
  return signal == SIGUSR1 ? Heard::ours : Heard::end;
}

void Signals::wake() {
  ::kill(::getpid(), SIGUSR1);
}

}  // namespace epicura::cli
