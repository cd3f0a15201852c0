#pragma once
// Settings for a subcommand, from the process's surroundings.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "schema/settings/settings.hpp"

namespace epicura::cli {

// Prints what is wrong and what is legal, and gives nothing (exit code 78), where a setting is bad.
std::optional<LoadedSettings> load(std::string config_file, std::vector<std::pair<std::string, std::string>> flags,
                                   bool to_serve = true);

// NAME of the environment; empty where it is not set.
std::string environment_text(const std::string& name);

}  // namespace epicura::cli
