#include "bridge/plugin/options.hpp"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <set>
#include <stdexcept>

namespace epicura::bridge::plugin {
namespace {

constexpr std::size_t shortest_secret = 32;
constexpr std::size_t longest_secret = 4096;
constexpr std::size_t least_backlog_mib = 16;
constexpr std::size_t most_backlog_mib = 1 << 20;

[[noreturn]] void refuse(const std::string& message) {
  throw std::runtime_error(message);
}

std::string secret_in(const std::string& option, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) refuse("plugin_opt_" + option + ": cannot read '" + path + "': " + std::strerror(errno));
  std::string secret(longest_secret + 1, '\0');
  file.read(secret.data(), static_cast<std::streamsize>(secret.size()));
  secret.resize(static_cast<std::size_t>(file.gcount()));
  while (!secret.empty() && (secret.back() == '\n' || secret.back() == '\r')) secret.pop_back();
  if (secret.size() < shortest_secret || secret.size() > longest_secret) {
    refuse("plugin_opt_" + option + ": '" + path + "' holds a secret of " + std::to_string(secret.size()) +
           " bytes; legal are " + std::to_string(shortest_secret) + " to " + std::to_string(longest_secret));
  }
  return secret;
}

std::size_t mebibytes(const std::string& option, const std::string& text) {
  std::size_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || end != text.data() + text.size() || count < least_backlog_mib ||
      count > most_backlog_mib) {
    refuse("plugin_opt_" + option + " is '" + text + "'; legal are " + std::to_string(least_backlog_mib) + " to " +
           std::to_string(most_backlog_mib) + " (MiB)");
  }
  return count << 20;
}

}  // namespace

Options read_options(const std::map<std::string, std::string>& given) {
  static const std::set<std::string> known = {"socket_path",    "bridge_user",      "bridge_password_file",
                                              "token_key_file", "persistence_file", "backlog_limit_mib"};
  for (const auto& [option, value] : given) {
    if (!known.contains(option)) refuse("plugin_opt_" + option + " is not an option of this plugin");
  }
  for (const auto& option : known) {
    if (!given.contains(option)) refuse("plugin_opt_" + option + " is missing");
  }
  Options options;
  options.doors.socket_path = given.at("socket_path");
  options.doors.bridge_user = given.at("bridge_user");
  options.doors.bridge_password = secret_in("bridge_password_file", given.at("bridge_password_file"));
  options.doors.token_key = secret_in("token_key_file", given.at("token_key_file"));
  options.persistence_file = given.at("persistence_file");
  options.backlog_limit_bytes = mebibytes("backlog_limit_mib", given.at("backlog_limit_mib"));
  return options;
}

}  // namespace epicura::bridge::plugin
