// `epicura routes`: what the API answers to.

#include <cstdio>

#include "actors/cli/commands.hpp"
#include "http/openapi.hpp"
#include "http/route_table.hpp"
#include "http/schemas.hpp"

namespace epicura::cli {

int routes(std::span<char* const> arguments) {
  static constexpr Option table[] = {
      {"openapi", "", "", "print the OpenAPI document instead"},
  };
  int exit_code = Exit::done;
  const auto options =
      Options::parse("epicura routes [--openapi]", "Prints the routes of the API, as the README has them.", table,
                     arguments, exit_code);
  if (!options) return exit_code;
  if (options->given("openapi")) {
    fmt::print("{}\n", http::openapi_document(http::api_routes, http::api_schemas()));
  } else {
    fmt::print("{}", http::route_index(http::api_routes));
  }
  return Exit::done;
}

}  // namespace epicura::cli
