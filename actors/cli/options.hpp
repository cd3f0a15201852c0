#pragma once
// Options of a subcommand: one table gives parsing and `--help`.

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace epicura::cli {

// Exit codes that outside checks rely on.
enum Exit : int {
  done = 0,
  failed = 1,
  usage = 2,
  missing = 3,
  part_skipped = 4,
  actor_died = 70,
  watchdog = 75,
  bad_setting = 78,
};

struct Option {
  std::string_view name;      // without dashes
  std::string_view value;     // what stands for its value in the help, or empty for a switch
  std::string_view fallback;  // the default, or empty
  std::string_view sentence;
};

class Options {
 public:
  // Accepts --name value, --name=value and switches; what does not start with -- is a word.
  // Absent after printing why (usage) or the help: `exit_code` says what to end with.
  static std::optional<Options> parse(std::string_view usage, std::string_view about, std::span<const Option> table,
                                      std::span<char* const> arguments, int& exit_code);

  std::string text(std::string_view name) const;  // the default where it was not given
  bool given(std::string_view name) const;
  // Within bounds, or absent after printing what is legal.
  std::optional<double> number(std::string_view name, double least, double most) const;
  const std::vector<std::string>& words() const { return words_; }

 private:
  std::map<std::string, std::string, std::less<>> values_;
  std::map<std::string, std::string, std::less<>> fallbacks_;
  std::vector<std::string> words_;
};

// "90", "90s", "15m", "24h", "7d" to seconds.
std::optional<long> parse_duration(std::string_view text);

}  // namespace epicura::cli
