#pragma once
// The file in which `simulate` keeps its devices between runs: ids, tokens, epochs and sequence numbers. JSON, readable
// by its owner only, since a token is a password.

#include <optional>
#include <string>
#include <vector>

#include "bridge/kitchen/fleet.hpp"

namespace epicura::cli {

using bridge::kitchen::KitchenDevice;

// Exactly `count` devices: those of the file first (it may hold more or fewer, or not exist), then new ones without a
// token. Absent after printing why the file cannot be used. Other devices of the file stay in it: `rest`.
struct Kitchen {
  std::vector<KitchenDevice> devices;
  std::vector<KitchenDevice> rest;
};
std::optional<Kitchen> read_kitchen(const std::string& path, std::size_t count);

// Written beside it and renamed; false when that fails.
bool write_kitchen(const std::string& path, const std::vector<KitchenDevice>& devices,
                   const std::vector<KitchenDevice>& rest);

// A device as it has never been: a new id, and an epoch above those of every earlier run.
KitchenDevice new_device();

}  // namespace epicura::cli
