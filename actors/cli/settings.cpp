// `epicura settings`: what can be set.

#include <cstdio>

#include "actors/cli/commands.hpp"
#include "schema/settings/settings.hpp"

namespace epicura::cli {

int settings(std::span<char* const> arguments) {
  int exit_code = Exit::done;
  if (!Options::parse("epicura settings",
                      "Prints every setting with its default, bounds and meaning, in the form of the settings file.",
                      {}, arguments, exit_code)) {
    return exit_code;
  }
  fmt::print("{}", annotated_settings());
  return Exit::done;
}

}  // namespace epicura::cli
