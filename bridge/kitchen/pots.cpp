#include "bridge/kitchen/pots.hpp"

#include <algorithm>
#include <iterator>

namespace epicura::bridge::kitchen {
namespace {

constexpr std::string_view simmers[] = {"simmer"};
constexpr std::string_view simmers_or_steams[] = {"simmer", "steam"};
constexpr std::string_view sears[] = {"sear"};
constexpr std::string_view steams[] = {"steam"};

// Capacities: mass times 500 J/(kg K) of steel, 460 of iron. Losses: cooling curves of household pots are of this size.
constexpr PotKind kinds[] = {
    {"stockpot", {900, 2.5, 7, 2'200, 0.85}, 4, simmers},
    {"saucepan", {450, 1.3, 4, 1'800, 0.85}, 1.6, simmers_or_steams},
    {"skillet", {1'000, 1.6, 3.2, 1'800, 0.85}, 1.2, sears},
    {"steamer", {700, 1.8, 4.5, 1'500, 0.8}, 2.5, steams},
    {"rice_cooker", {500, 0.8, 3, 700, 0.9}, 1.2, simmers_or_steams},
};

}  // namespace

std::span<const PotKind> pot_kinds() {
  return kinds;
}

const PotKind* find_pot_kind(std::string_view name) {
  const auto* found =
      std::find_if(std::begin(kinds), std::end(kinds), [&](const auto& kind) { return kind.name == name; });
  return found == std::end(kinds) ? nullptr : found;
}

}  // namespace epicura::bridge::kitchen
