// `epicura migrate`: the database's schema, brought up to date.

#include "schema/pg/migrate.hpp"

#include <cstdio>

#include "actors/cli/commands.hpp"
#include "actors/cli/load.hpp"

namespace epicura::cli {

int migrate(std::span<char* const> arguments) {
  static constexpr Option table[] = {{"config", "FILE", "", "the settings file (or EPICURA_CONFIG)"},
                                     {"database_url", "URL", "", "the database (or DATABASE_URL)"}};
  int exit_code = Exit::done;
  const auto options =
      Options::parse("epicura migrate [--config FILE] [--database_url URL]",
                     "Applies what is missing, each step in a transaction; safe beside a running program.", table,
                     arguments, exit_code);
  if (!options) return exit_code;
  std::vector<std::pair<std::string, std::string>> flags;
  if (options->given("database_url")) flags.emplace_back("database_url", options->text("database_url"));
  const auto loaded = load(options->text("config"), std::move(flags));
  if (!loaded) return Exit::bad_setting;

  const auto report = pg::migrate(loaded->values.database_url);
  for (const auto& step : report.applied) fmt::print("applied {}\n", step);
  if (!report.ok()) {
    fmt::print(stderr, "epicura migrate: {}\n", report.message);
    return Exit::failed;
  }
  fmt::print("the schema is at version {}\n", report.version);
  return Exit::done;
}

}  // namespace epicura::cli
