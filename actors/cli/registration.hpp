#pragma once
// Simulated devices register as real ones do: POST /api/v1/devices/register, and the token of the answer is theirs.

#include <atomic>
#include <string>
#include <vector>

#include "bridge/kitchen/fleet.hpp"

namespace epicura::cli {

// Registers each of them; who has a token shows it, and gets the one that holds now. A device that the API knows and
// whose token is lost gets a new id. `url`: of the API, "http://127.0.0.1:3000". False after printing why not; true
// as soon as `stop` is set.
bool register_devices(const std::string& url, std::vector<bridge::kitchen::KitchenDevice>& devices,
                      const std::string& firmware, const std::atomic<bool>& stop);

}  // namespace epicura::cli
