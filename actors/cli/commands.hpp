#pragma once
// The subcommands, one file each. `arguments` are those behind the subcommand's name; the result is the exit code.

#include <span>
#include <string_view>

#include "actors/cli/options.hpp"

namespace epicura::cli {

int serve(std::span<char* const> arguments);
int migrate(std::span<char* const> arguments);
int settings(std::span<char* const> arguments);
int routes(std::span<char* const> arguments);
int token(std::span<char* const> arguments);
int user(std::span<char* const> arguments);
int audit(std::span<char* const> arguments);
int simulate(std::span<char* const> arguments);
int watch(std::span<char* const> arguments);
int record(std::span<char* const> arguments);
int replay(std::span<char* const> arguments);

struct Command {
  std::string_view name;
  int (*run)(std::span<char* const> arguments);
  std::string_view sentence;
};

std::span<const Command> commands();

}  // namespace epicura::cli
