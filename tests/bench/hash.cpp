// bench_hash: passwords proved one after the other on one thread, as a thread of the program's pool does it: what the
// hash function alone allows.
//
// usage: bench_hash SECONDS
// Prints {"rate", "made"}.

#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

#include "schema/password.hpp"

int main(int count, char** words) {
  const double seconds = count == 2 ? std::atof(words[1]) : 0;
  if (seconds <= 0) {
    fmt::print(stderr, "usage: bench_hash SECONDS\n");
    return 2;
  }
  ::setpriority(PRIO_PROCESS, 0, 10);
  const auto hash = epicura::hash_password("a password of the bench");
  const auto begun = std::chrono::steady_clock::now();
  int made = 0;
  double took = 0;
  while (took < seconds) {
    if (!epicura::verify_password(hash, "a password of the bench")) return 1;
    ++made;
    took = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  }
  fmt::print("{{\"rate\":{:.1f},\"made\":{}}}\n", made / took, made);
  return 0;
}
