// The program: its first word is a subcommand.

#include <csignal>
#include <cstdio>
#include <span>
#include <string_view>

#include <fmt/format.h>

#include "actors/cli/commands.hpp"

namespace {

void print_help() {
  fmt::print("usage: epicura COMMAND [OPTIONS]\n\nThe cloud behind pots that cook by themselves.\n\n");
  for (const auto& command : epicura::cli::commands()) fmt::print("  {:<10} {}\n", command.name, command.sentence);
  fmt::print("\n`epicura COMMAND --help` tells more.\n");
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a peer that went is an error code, not the program's end
  const std::span<char* const> arguments(argv, static_cast<std::size_t>(argc));
  const std::string_view name = argc > 1 ? argv[1] : "";
  if (name == "--help" || name == "-h" || name == "help") {
    print_help();
    return epicura::cli::Exit::done;
  }
  for (const auto& command : epicura::cli::commands()) {
    if (command.name == name) return command.run(arguments.subspan(2));
  }
  if (name.empty()) {
    print_help();
  } else {
    fmt::print(stderr, "epicura: there is no command '{}'; `epicura --help` lists them\n", name);
  }
  return epicura::cli::Exit::usage;
}
