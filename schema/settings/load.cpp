#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <sstream>

#include "schema/settings/rules.hpp"
#include "schema/settings/settings.hpp"

extern char** environ;

namespace epicura {

namespace {

constexpr std::string_view prefix = "EPICURA_";

// Set by scripts/stack for client subcommands and scripts; `serve` knows and ignores them.
constexpr std::string_view client_names[] = {
    "EPICURA_URL", "EPICURA_OPS_URL", "EPICURA_LIVE_URL", "EPICURA_ADMIN_TOKEN", "EPICURA_PID",
    "EPICURA_BIN", "EPICURA_CONFIG",  "EPICURA_RUN_DIR",  "EPICURA_BUILD",       "EPICURA_STACK_NO_BUILD"};

Error bad(std::string detail) {
  return {Errc::validation, std::move(detail)};
}

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
}

std::string environment_name(std::string_view name) {
  std::string out(prefix);
  for (const char c : name) out += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return out;
}

const Setting* find_setting(std::string_view name) {
  const auto all = all_settings();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Setting& s) { return s.name == name; });
  return found == all.end() ? nullptr : &*found;
}

std::optional<Error> assign(Settings& to, const Setting& setting, const std::string& value, const std::string& origin) {
  const auto refuse = [&](std::string_view legal) {
    return bad(
        fmt::format("{} = '{}' (from {}): legal is {}", setting.name, setting.secret ? "***" : value, origin, legal));
  };
  if (const auto* text = std::get_if<std::string Settings::*>(&setting.field)) {
    if (!setting.choices.empty() &&
        ("|" + std::string(setting.choices) + "|").find("|" + value + "|") == std::string::npos) {
      return refuse(setting.choices);
    }
    if (setting.secret && !setting.of_others && !value.empty() && value.size() < 32)
      return refuse("a secret of at least 32 bytes");
    to.*(*text) = value;
  } else if (const auto* number = std::get_if<std::int64_t Settings::*>(&setting.field)) {
    std::int64_t parsed = 0;
    const auto* end = value.data() + value.size();
    const auto [stop, code] = std::from_chars(value.data(), end, parsed);
    if (code != std::errc{} || stop != end || parsed < setting.least || parsed > setting.most) {
      return refuse(fmt::format("a whole number from {} to {}{}{}", setting.least, setting.most,
                                setting.unit.empty() ? "" : " ", setting.unit));
    }
    to.*(*number) = parsed;
  } else {
    if (value != "true" && value != "false") return refuse("true or false");
    to.*(std::get<bool Settings::*>(setting.field)) = value == "true";
  }
  return std::nullopt;
}

// `name = value  # why`, blank lines and lines that start with #.
std::optional<Error> read_config_file(Settings& to, const std::string& path) {
  std::ifstream file(path);
  if (!file) return bad(fmt::format("the settings file {} cannot be read", path));
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    const auto text = trimmed(line);
    if (text.empty() || text[0] == '#') continue;
    const auto equals = text.find('=');
    const auto origin = fmt::format("{}:{}", path, number);
    if (equals == std::string::npos) return bad(fmt::format("{}: a line is `name = value  # why`", origin));
    const auto* setting = find_setting(trimmed(text.substr(0, equals)));
    if (!setting) return bad(fmt::format("{}: there is no setting '{}'", origin, trimmed(text.substr(0, equals))));
    auto value = trimmed(text.substr(equals + 1));
    if (!value.empty() && value[0] == '#') value.clear();
    value = trimmed(value.substr(0, value.find(" #")));
    if (auto error = assign(to, *setting, value, origin)) return error;
  }
  return std::nullopt;
}

// NAME=value or NAME='value'; what is no setting is left to other programs.
std::map<std::string, std::string> read_dotenv(const std::string& path) {
  std::map<std::string, std::string> out;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    auto text = trimmed(line);
    if (text.rfind("export ", 0) == 0) text = trimmed(text.substr(7));
    const auto equals = text.find('=');
    if (text.empty() || text[0] == '#' || equals == std::string::npos) continue;
    auto value = trimmed(text.substr(equals + 1));
    if (value.size() >= 2 && (value.front() == '\'' || value.front() == '"') && value.back() == value.front()) {
      value = value.substr(1, value.size() - 2);
    }
    out[trimmed(text.substr(0, equals))] = value;
  }
  return out;
}

std::optional<Error> read_environment(Settings& to, const std::map<std::string, std::string>& names,
                                      const std::string& origin) {
  for (const auto& setting : all_settings()) {  // our own name wins over the older one
    for (const auto& name : {std::string(setting.older_name), environment_name(setting.name)}) {
      const auto found = names.find(name);
      if (name.empty() || found == names.end() || found->second.empty()) continue;
      if (auto error = assign(to, setting, found->second, fmt::format("{} {}", origin, name))) return error;
    }
  }
  for (const auto& entry : names) {
    const auto& name = entry.first;
    if (name.rfind(prefix, 0) != 0) continue;
    const bool known = std::any_of(all_settings().begin(), all_settings().end(),
                                   [&](const Setting& s) { return environment_name(s.name) == name; });
    if (!known && std::find(std::begin(client_names), std::end(client_names), name) == std::end(client_names)) {
      return bad(fmt::format("{} {}: there is no such setting; `epicura settings` lists them", origin, name));
    }
  }
  return std::nullopt;
}

}  // namespace

Result<LoadedSettings> load_settings(const SettingSources& sources) {
  LoadedSettings out;
  for (const auto& setting : all_settings()) {
    if (const auto error = assign(out.values, setting, std::string(setting.fallback), "the default")) return *error;
  }
  if (!sources.config_file.empty()) {
    if (const auto error = read_config_file(out.values, sources.config_file)) return *error;
  }
  const auto dotenv = read_dotenv(sources.dotenv_file);
  if (const auto error = read_environment(out.values, dotenv, sources.dotenv_file)) return *error;
  if (const auto error = read_environment(out.values, sources.environment, "the environment's")) return *error;
  for (const auto& [flag, value] : sources.flags) {
    auto name = flag;
    std::replace(name.begin(), name.end(), '-', '_');
    const auto* setting = find_setting(name);
    if (!setting) return bad(fmt::format("--{}: there is no such setting; `epicura settings` lists them", flag));
    if (const auto error = assign(out.values, *setting, value, "the flag --" + flag)) return *error;
  }
  if (!sources.to_serve) return out;
  if (const auto error = take_secrets_from_files(out.values)) return *error;
  if (const auto error = check_rules(out.values)) return *error;
  if (sources.environment.contains("REDIS_URL") || dotenv.contains("REDIS_URL")) {
    out.remarks.emplace_back("REDIS_URL is set and not needed: JetStream and this program do what Redis did");
  }
  if (!out.values.is_development() && out.values.smtp_url.empty()) {
    out.remarks.emplace_back(
        "smtp_url is not set: mails wait, and nobody can verify an address or reset a password; legal is "
        "smtp://host:port or smtps://host:port");
  }
  return out;
}

std::map<std::string, std::string> process_environment() {
  std::map<std::string, std::string> out;
  for (char** entry = environ; entry && *entry; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals != std::string_view::npos) out.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return out;
}

std::string annotated_settings() {
  std::ostringstream out;
  out << "# Settings of epicura, each with its default. `name = value  # why`.\n"
         "# Order: default < this file (--config FILE or EPICURA_CONFIG) < .env < environment (EPICURA_NAME) < flag "
         "(--name=value).\n";
  for (const auto& setting : all_settings()) {
    out << "\n# " << setting.sentence << '\n';
    if (!setting.choices.empty()) out << "# legal: " << setting.choices << '\n';
    if (std::holds_alternative<std::int64_t Settings::*>(setting.field)) {
      out << "# legal: " << setting.least << " to " << setting.most << (setting.unit.empty() ? "" : " ") << setting.unit
          << '\n';
    }
    if (!setting.older_name.empty()) out << "# environment: " << setting.older_name << " too\n";
    out << (setting.fallback.empty() ? "# " : "") << setting.name << " = " << setting.fallback << '\n';
  }
  return out.str();
}

log::Form log_form_of(const Settings& settings) {
  return settings.log_format == "json" ? log::Form::json : log::Form::text;
}

log::Level log_level_of(const Settings& settings) {
  if (settings.log_level == "debug") return log::Level::debug;
  if (settings.log_level == "warning") return log::Level::warning;
  return settings.log_level == "error" ? log::Level::error : log::Level::info;
}

}  // namespace epicura
