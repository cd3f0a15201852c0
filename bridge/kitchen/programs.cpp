#include "bridge/kitchen/programs.hpp"

#include <algorithm>
#include <iterator>

namespace epicura::bridge::kitchen {
namespace {

constexpr Phase simmer[] = {
    {"heat", 96, 1, 30, true, 900, true},        {"simmer", 95, 1, 60, true, 600, false},
    {"reduce", 102, 0.7, 90, false, 300, false}, {"cool", 0, 0, 30, false, 420, false},
    {"pause", 0, 0, 0, false, 180, false},
};
constexpr Phase sear[] = {
    {"preheat", 220, 1, 0, false, 480, true},   {"sear", 225, 1, 0, false, 180, false},
    {"finish", 160, 0.6, 20, true, 180, false}, {"cool", 0, 0, 0, false, 300, false},
    {"pause", 0, 0, 0, false, 120, false},
};
constexpr Phase steam[] = {
    {"boil", 99.5, 1, 0, true, 600, true},  {"steam", 105, 0.55, 0, true, 600, false},
    {"hold", 70, 0.3, 0, true, 300, false}, {"cool", 0, 0, 0, false, 240, false},
    {"pause", 0, 0, 0, false, 120, false},
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
