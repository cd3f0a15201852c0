#pragma once
// Chance that can be had again: each draw is a pure function of (seed, device, what for, number), so it depends neither
// on time nor on how many draws came before it. A counter-based generator as in Salmon et al., "Parallel random
// numbers: as easy as 1, 2, 3" (SC11); its mixer is the finalizer of splitmix64 (Steele, Lea, Flood, OOPSLA 2014).

#include <cstddef>
#include <cstdint>

namespace epicura::bridge::kitchen {

// Bits to bits without a pattern.
constexpr std::uint64_t scatter(std::uint64_t bits) {
  bits += 0x9E3779B97F4A7C15;
  bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
  bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
  return bits ^ (bits >> 31);
}

// What a draw is for.
enum class Chance : std::uint64_t {
  program,
  stagger,  // of the pot's cycle
  ambient,
  fill,  // by cycle
  late,  // this one and the following by message
  doubled,
  drop,
  pause,
  jump,
  jump_size,
  drift,
  noise,  // by measure and time: noise()
};

class Draws {
 public:
  // `device`: its place in the fleet.
  Draws(std::uint64_t seed, std::size_t device) : key_(scatter(seed ^ scatter(device))) {}

  std::uint64_t bits(Chance chance, std::uint64_t number = 0) const {
    return scatter(scatter(key_ + static_cast<std::uint64_t>(chance)) ^ number);
  }
  double share(Chance chance, std::uint64_t number = 0) const {  // 0 up to 1, evenly
    return share_of(bits(chance, number));
  }
  double swing(Chance chance, std::uint64_t number = 0) const {  // -1 up to 1, evenly
    return 2 * share(chance, number) - 1;
  }
  bool happens(Chance chance, std::uint64_t number, double probability) const {
    return probability > 0 && share(chance, number) < probability;
  }
  // Of one signal at one time: -1 up to 1.
  double noise(std::uint64_t signal, std::int64_t ms) const {
    const auto stream = scatter(signal ^ bits(Chance::noise));
    return 2 * share_of(scatter(stream ^ static_cast<std::uint64_t>(ms))) - 1;
  }
  double share_of_signal(std::uint64_t signal) const { return share_of(scatter(signal ^ bits(Chance::noise))); }

 private:
  static double share_of(std::uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1p-53; }

  std::uint64_t key_;
};

}  // namespace epicura::bridge::kitchen
