// `epicura user`: accounts by an operator's hand; the first admin has nobody else to make them.

#include <cstdio>
#include <fstream>
#include <iostream>

#include "actors/cli/commands.hpp"
#include "actors/cli/database.hpp"
#include "actors/cli/load.hpp"
#include "schema/email.hpp"
#include "schema/password.hpp"
#include "schema/pg/account_queries.hpp"

namespace epicura::cli {

namespace {

int complain(const std::string& why, int exit_code) {
  fmt::print(stderr, "epicura user: {}\n", why);
  return exit_code;
}

// The first line of the file, or of standard input.
std::optional<std::string> read_password(const std::string& file) {
  std::string line;
  if (file == "-") {
    std::getline(std::cin, line);
    return line;
  }
  std::ifstream in(file);
  if (!in) return std::nullopt;
  std::getline(in, line);
  return line;
}

}  // namespace

int user(std::span<char* const> arguments) {
  static constexpr Option table[] = {
      {"admin", "", "", "an admin; without it a user"},
      {"name", "NAME", "", "as others see it (the part before the @ where none is given)"},
      {"password-file", "FILE", "-", "its first line is the password; -: standard input's"},
      {"if-absent", "", "",
       "an account of that address that is there already is left as it is, and that is no failure"},
      {"config", "FILE", "", "the settings file (or EPICURA_CONFIG)"},
  };
  int exit_code = Exit::done;
  const auto options =
      Options::parse("epicura user create EMAIL [--admin] [--password-file FILE]",
                     "Makes an account whose address counts as verified.", table, arguments, exit_code);
  if (!options) return exit_code;
  const auto& words = options->words();
  if (words.size() != 2 || words[0] != "create") return complain("what is to be done is: create EMAIL", Exit::usage);
  const auto email = parse_email(words[1]);
  if (!email) return complain("'" + words[1] + "' is no e-mail address", Exit::usage);
  const auto loaded = load(options->text("config"), {}, false);
  if (!loaded) return Exit::bad_setting;
  const auto password = read_password(options->text("password-file"));
  if (!password) return complain("the password's file cannot be read", Exit::failed);
  if (check_new_password(*password))
    return complain("the password needs 8 to 1,024 characters, and is none of the 10,000 commonest", Exit::failed);

  const auto name = options->given("name") ? options->text("name") : name_of_email(*email);
  const auto role = options->given("admin") ? "admin" : "user";
  const auto outcome = execute_once(loaded->values.database_url, pg::queries::create_verified_user,
                                    pg::params_of(Uuid::v7(), std::string_view(*email), std::string_view(name),
                                                  std::string_view(hash_password(*password)), std::string_view(role)));
  if (!outcome.ok()) return complain("the account was not made: " + outcome.message, Exit::failed);
  if (outcome.results[0].size() == 0) {
    if (options->given("if-absent")) return Exit::done;
    return complain("there is an account of this address", Exit::failed);
  }
  fmt::print("{}\n", outcome.results[0].uuid(0, 0).str());
  return Exit::done;
}

}  // namespace epicura::cli
