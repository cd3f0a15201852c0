#pragma once
// The plugin's own options (plugin_opt_* of mosquitto.conf) and the secrets they point to.

#include <cstddef>
#include <map>
#include <string>

#include "bridge/plugin/login.hpp"

namespace epicura::bridge::plugin {

struct Options {
  Doors doors;
  std::string persistence_file;
  std::size_t backlog_limit_bytes = 0;
};

// Reads the key files too. Throws std::runtime_error with a message for the person who wrote the configuration:
// an option missing or unknown, a file that cannot be read, a secret shorter than 32 bytes.
Options read_options(const std::map<std::string, std::string>& given);

}  // namespace epicura::bridge::plugin
