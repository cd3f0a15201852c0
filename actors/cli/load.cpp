#include "actors/cli/load.hpp"

#include <cstdio>
#include <cstdlib>

namespace epicura::cli {

std::string environment_text(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value ? value : "";
}

std::optional<LoadedSettings> load(std::string config_file, std::vector<std::pair<std::string, std::string>> flags,
                                   bool to_serve) {
  if (config_file.empty()) config_file = environment_text("EPICURA_CONFIG");
  auto loaded = load_settings({std::move(config_file), ".env", process_environment(), std::move(flags), to_serve});
  if (loaded) return std::move(*loaded);
  fmt::print(stderr, "epicura: bad setting: {}\n", loaded.error().detail);
  return std::nullopt;
}

}  // namespace epicura::cli
