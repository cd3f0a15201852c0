#pragma once
// How long a test is to last, and the moments that it picks at random. EPICURA_SOAK=1 multiplies rounds;
// EPICURA_FAULT_SEED repeats a run (as far as other processes let it).

#include <doctest/doctest.h>

#include <chrono>
#include <cstdlib>
#include <random>
#include <thread>

namespace epicura::tests {

inline bool soaking() {
  const char* value = std::getenv("EPICURA_SOAK");
  return value != nullptr && *value == '1';
}

inline int rounds(int normal) {
  return soaking() ? normal * 20 : normal;
}

class Chance {
 public:
  Chance() : seed_(given_seed()), random_(seed_) { MESSAGE("seed: EPICURA_FAULT_SEED=" << seed_); }

  int between(int least, int most) { return std::uniform_int_distribution{least, most}(random_); }
  bool one_in(int n) { return between(1, n) == 1; }
  // The moment of a fault must not hang on anything that could be waited for.
  void wait_between(int least_ms, int most_ms) {
    std::this_thread::sleep_for(std::chrono::milliseconds{between(least_ms, most_ms)});
  }

 private:
  static unsigned given_seed() {
    const char* text = std::getenv("EPICURA_FAULT_SEED");
    return text != nullptr ? static_cast<unsigned>(std::strtoul(text, nullptr, 10)) : std::random_device{}();
  }

  unsigned seed_;
  std::mt19937 random_;
};

}  // namespace epicura::tests
