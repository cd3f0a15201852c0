// `epicura token`: an access token of a user's new session or of an operator without account, or a device's token.

#include <cstdio>

#include "actors/cli/commands.hpp"
#include "actors/cli/database.hpp"
#include "actors/cli/load.hpp"
#include "schema/access_token.hpp"
#include "schema/device_token.hpp"
#include "schema/pg/account_queries.hpp"
#include "schema/refresh_token.hpp"

namespace epicura::cli {

namespace {

// The subject of an operator, who has no account.
constexpr std::string_view operator_id = "00000000-0000-7000-8000-000000000001";

constexpr long longest_of_a_session = 86'400;  // s; so long every node remembers that it has ended

}  // namespace

int token(std::span<char* const> arguments) {
  static constexpr Option table[] = {
      {"user", "EMAIL", "", "a session of this account, which can be signed out"},
      {"role", "ROLE", "admin", "of an access token of no account: user or admin"},
      {"device", "ID", "", "print this device's token instead: its MQTT password and its bearer token"},
      {"generation", "N", "1", "of the device's token"},
      {"ttl", "TIME", "24h", "how long an access token is valid: 90s, 15m, 24h; with --role up to 7d"},
      {"config", "FILE", "", "the settings file (or EPICURA_CONFIG)"},
  };
  int exit_code = Exit::done;
  const auto options =
      Options::parse("epicura token [--user EMAIL | --role admin | --device ID] [--ttl 24h]",
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
  const AccessTokens tokens({settings.jwt_secret, settings.jwt_secret_previous}, settings.public_url, "epicura");
  const auto issued = now();
  if (options->given("user")) {
    if (*ttl > longest_of_a_session) return usage_error("a session's token is valid for at most 24h");
    const auto family = Uuid::v7();
    const auto hash = RefreshTokens(settings.jwt_refresh_secret).issue(family).hash;
    const auto outcome = execute_once(
        settings.database_url, pg::queries::begin_family_unproved,
        pg::params_of(std::string_view(options->text("user")), family, std::string_view(hash), std::int64_t{*ttl}));
    if (!outcome.ok() || outcome.results[0].size() == 0) {
      fmt::print(stderr, "epicura token: {}\n", outcome.ok() ? "there is no account of this address" : outcome.message);
      return Exit::failed;
    }
    const pg::Rows& rows = outcome.results[0];
    AccessToken token{rows.uuid(0, 0), rows.text(0, 4) == "admin" ? Role::admin : Role::user,
                      std::string(rows.text(0, 1)), issued, issued + std::chrono::seconds{*ttl}};
    token.family = family;
    fmt::print("{}\n", tokens.sign(token));
    return Exit::done;
  }
  fmt::print("{}\n", tokens.sign({*Uuid::parse(operator_id), role == "admin" ? Role::admin : Role::user,
                                  "ops@example.org", issued, issued + std::chrono::seconds{*ttl}}));
  return Exit::done;
}

}  // namespace epicura::cli
