#include "actors/cli/options.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

#include <fmt/format.h>

namespace epicura::cli {

namespace {

void print_help(std::string_view usage, std::string_view about, std::span<const Option> table) {
  fmt::print("usage: {}\n\n{}\n", usage, about);
  if (!table.empty()) fmt::print("\n");
  for (const auto& option : table) {
    auto left = fmt::format("--{}{}{}", option.name, option.value.empty() ? "" : " ", option.value);
    const auto fallback = option.fallback.empty() ? std::string() : fmt::format(" (default {})", option.fallback);
    fmt::print("  {:<28} {}{}\n", left, option.sentence, fallback);
  }
}

}  // namespace

std::optional<Options> Options::parse(std::string_view usage, std::string_view about, std::span<const Option> table,
                                      std::span<char* const> arguments, int& exit_code) {
  Options out;
  const auto refuse = [&](const std::string& why) {
    fmt::print(stderr, "{}\nusage: {}\n", why, usage);
    exit_code = Exit::usage;
    return std::nullopt;
  };
  for (const auto& option : table) out.fallbacks_.emplace(option.name, option.fallback);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    std::string_view argument = arguments[i];
    if (argument == "--help" || argument == "-h") {
      print_help(usage, about, table);
      exit_code = Exit::done;
      return std::nullopt;
    }
    if (argument.substr(0, 2) != "--") {
      out.words_.emplace_back(argument);
      continue;
    }
    argument.remove_prefix(2);
    const auto equals = argument.find('=');
    const auto name = argument.substr(0, equals);
    const auto found = std::find_if(table.begin(), table.end(), [&](const Option& o) { return o.name == name; });
    if (found == table.end()) return refuse(fmt::format("--{}: there is no such option", name));
    if (found->value.empty()) {
      if (equals != std::string_view::npos) return refuse(fmt::format("--{} takes no value", name));
      out.values_[std::string(name)] = "true";
    } else if (equals != std::string_view::npos) {
      out.values_[std::string(name)] = argument.substr(equals + 1);
    } else if (i + 1 < arguments.size()) {
      out.values_[std::string(name)] = arguments[++i];
    } else {
      return refuse(fmt::format("--{} needs a value: {}", name, found->value));
    }
  }
  return out;
}

std::string Options::text(std::string_view name) const {
  if (const auto found = values_.find(name); found != values_.end()) return found->second;
  const auto fallback = fallbacks_.find(name);
  return fallback == fallbacks_.end() ? std::string() : fallback->second;
}

bool Options::given(std::string_view name) const {
  return values_.find(name) != values_.end();
}

std::optional<double> Options::number(std::string_view name, double least, double most) const {
  const auto value = text(name);
  double parsed = 0;
  const auto* end = value.data() + value.size();
  const auto [stop, code] = std::from_chars(value.data(), end, parsed);
  if (code != std::errc{} || stop != end || !std::isfinite(parsed) || parsed < least || parsed > most) {
    fmt::print(stderr, "--{} = '{}': legal is a number from {} to {}\n", name, value, least, most);
    return std::nullopt;
  }
  return parsed;
}

std::optional<long> parse_duration(std::string_view text) {
  long number = 0;
  const auto [stop, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc{} || number < 0 || number > 100'000'000) return std::nullopt;
  const std::string_view unit(stop, static_cast<std::size_t>(text.data() + text.size() - stop));
  if (unit.empty() || unit == "s") return number;
  if (unit == "m") return number * 60;
  if (unit == "h") return number * 3600;
  return unit == "d" ? std::optional(number * 86400) : std::nullopt;
}

}  // namespace epicura::cli
