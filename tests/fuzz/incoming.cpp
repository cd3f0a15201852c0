// Any bytes from the broker: every packet lies within what came, and nothing is read past a broken one.

#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

#include "bridge/incoming.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  int ends[2];
  if (size > 60'000 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) != 0) return 0;
  if (write(ends[0], data, size) != static_cast<ssize_t>(size)) std::abort();
  close(ends[0]);
  epicura::bridge::Incoming incoming;
  std::size_t taken = 0;
  for (;;) {
    while (const auto packet = incoming.next()) {
      taken += packet->body.size() + 2;
      if (taken > size) std::abort();
    }
    if (incoming.broken() || incoming.fill(ends[1]) != epicura::bridge::Incoming::Filled::bytes) break;
  }
  close(ends[1]);
  return 0;
}
