#pragma once
// The file in which Mosquitto keeps its sessions, seen from outside.

#include <optional>
#include <string>

#include "bridge/plugin/admission.hpp"

namespace epicura::bridge::plugin {

std::optional<FileStamp> stamp_of(const std::string& path);

// Does the file hold each subscription of the bridge's? Mosquitto writes a subscription as client id and filter, one
// behind the other; messages of the same text are no proof, but nobody gains by sending them.
// Reads the whole file once (about 1 GB/s from the page cache); false when it cannot be read.
bool holds_bridge_sessions(const std::string& path);

}  // namespace epicura::bridge::plugin
