#pragma once
// The kinds of pots that a simulated kitchen has.

#include <span>
#include <string_view>

#include "bridge/kitchen/heat.hpp"

namespace epicura::bridge::kitchen {

struct PotKind {
  std::string_view name;
  Vessel vessel;
  double fill_kg;                              // when full
  std::span<const std::string_view> programs;  // what people cook in it
};

std::span<const PotKind> pot_kinds();
const PotKind* find_pot_kind(std::string_view name);  // null: there is none of that name

}  // namespace epicura::bridge::kitchen
