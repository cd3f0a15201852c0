#include "bridge/kitchen/programs.hpp"

#include <algorithm>
#include <iterator>

namespace epicura::bridge::kitchen {
namespace {

constexpr Phase simmer[] = {
    {"heat", 96, 1, 30, 900, true, true},        {"simmer", 95, 1, 60, 600, true, false},
    {"reduce", 102, 0.7, 90, 300, false, false}, {"cool", 0, 0, 30, 420, false, false},
    {"pause", 0, 0, 0, 180, false, false},
};
constexpr Phase sear[] = {
    {"preheat", 220, 1, 0, 480, false, true},   {"sear", 225, 1, 0, 180, false, false},
    {"finish", 160, 0.6, 20, 180, true, false}, {"cool", 0, 0, 0, 300, false, false},
    {"pause", 0, 0, 0, 120, false, false},
};
constexpr Phase steam[] = {
    {"boil", 99.5, 1, 0, 600, true, true},  {"steam", 105, 0.55, 0, 600, true, false},
    {"hold", 70, 0.3, 0, 300, true, false}, {"cool", 0, 0, 0, 240, false, false},
    {"pause", 0, 0, 0, 120, false, false},
};

constexpr Program all[] = {
    {"simmer", 0.9, 0.75, 120, simmer, 2'400},
    {"sear", 0.3, 0.08, 260, sear, 1'260},
    {"steam", 0.5, 0.7, 120, steam, 1'860},
};

}  // namespace

std::span<const Program> programs() {
  return all;
}

const Program* find_program(std::string_view name) {
  const auto* found =
      std::find_if(std::begin(all), std::end(all), [&](const auto& program) { return program.name == name; });
  return found == std::end(all) ? nullptr : found;
}

}  // namespace epicura::bridge::kitchen
