// `epicura token`: an operator's access token until accounts exist, or a device's token.

#include <cstdio>

#include "actors/cli/commands.hpp"
#include "actors/cli/load.hpp"
#include "schema/access_token.hpp"
#include "schema/device_token.hpp"

namespace epicura::cli {

namespace {

// The operator's subject, until there are accounts.
constexpr std::string_view operator_id = "00000000-0000-7000-8000-000000000001";

}  // namespace

int token(std::span<char* const> arguments) {
  static constexpr Option table[] = {
      {"role", "ROLE", "admin", "of an access token: user or admin"},
      {"device", "ID", "", "print this device's token instead: its MQTT password and its bearer token"},
      {"generation", "N", "1", "of the device's token"},
      {"ttl", "TIME", "24h", "how long an access token is valid: 90s, 15m, 24h, 7d"},
      {"config", "FILE", "", "the settings file (or EPICURA_CONFIG)"},
  };
  int exit_code = Exit::done;
  const auto options =
      Options::parse("epicura token [--role admin] [--device ID] [--ttl 24h]",
                     "Prints one token, signed with the secrets of the settings.", table, arguments, exit_code);
  if (!options) return exit_code;
  const auto usage_error = [](const std::string& why) {
    fmt::print(stderr, "epicura token: {}\n", why);
    return Exit::usage;
  };
  if (!options->words().empty()) return usage_error("'" + options->words().front() + "' is no option");
  const auto loaded = load(options->text("config"), {});
  if (!loaded) return Exit::bad_setting;
  const auto& settings = loaded->values;

  if (options->given("device")) {
    const auto id = Uuid::parse(options->text("device"));
    const auto generation = options->number("generation", 1, 4294967295.0);
    if (!id) return usage_error("--device is a UUID");
    if (!generation) return Exit::usage;
    fmt::print("{}\n", make_device_token(settings.device_token_secret, {*id, static_cast<std::uint32_t>(*generation)}));
    return Exit::done;
  }
  const auto role = options->text("role");
  const auto ttl = parse_duration(options->text("ttl"));
  if (role != "user" && role != "admin") return usage_error("--role is user or admin");
  if (!ttl || *ttl == 0) return usage_error("--ttl is a time as 90s, 15m, 24h, 7d");
  const AccessTokens tokens(settings.jwt_secret, settings.public_url, "epicura");
  const auto issued = now();
  fmt::print("{}\n", tokens.sign({*Uuid::parse(operator_id), role == "admin" ? Role::admin : Role::user,
                                  "ops@example.org", issued, issued + std::chrono::seconds{*ttl}}));
  return Exit::done;
}

}  // namespace epicura::cli
