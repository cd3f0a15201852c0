#pragma once
// The kitchen as lines for a terminal: a head, one line a pot, a total. Pure; who prints them is not known here.

#include <string>
#include <vector>

#include "bridge/kitchen/fleet.hpp"

namespace epicura::bridge::kitchen {

struct ViewStyle {
  std::size_t width = 80;  // columns; what does not fit is left out, the least important first
  bool colours = true;     // escape sequences of ECMA-48, which take no columns
  bool blocks = true;      // bars of block elements (UTF-8), else of ASCII
};

std::vector<std::string> view_lines(const FleetReport& report, const ViewStyle& style);

// One pot without bar and colours, for a log.
std::string plain_line(const PotGlance& pot);

// Of a device's id, the last digits: those that differ among devices made together.
std::string short_id(const Uuid& id);

}  // namespace epicura::bridge::kitchen
