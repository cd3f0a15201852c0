#include "bridge/plugin/tally.hpp"

#include <algorithm>

namespace epicura::bridge::plugin {
namespace {

constexpr std::chrono::seconds between_lines{1};
constexpr std::size_t longest_quote = 80;

std::string quoted(std::string_view text) {
  std::string out(text.substr(0, longest_quote));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c < ' ' || c > '~' || c == '\''; }, '?');
  return "'" + out + "'" + (text.size() > longest_quote ? "..." : "");
}

}  // namespace

std::string to_json(const Tally& tally, const Situation& situation) {
  std::string json = "{\"admitting\":";
  json += situation.admitting ? "true" : "false";
  json += ",\"connected\":" + std::to_string(situation.connected);
  json += ",\"backlog_bytes\":" + std::to_string(situation.backlog_bytes);
  json += ",\"connects\":" + std::to_string(tally.connects);
  json += ",\"retained_cleared\":" + std::to_string(tally.retained_cleared);
  json += ",\"refused\":";
  char before = '{';
  for (std::size_t i = 0; i < refusal_names.size(); ++i) {
    json += before;
    json.append(1, '"').append(refusal_names[i]).append("\":").append(std::to_string(tally.refused[i]));
    before = ',';
  }
  return json += "}}";
}

std::optional<std::string> RefusalLog::line(Refusal refusal, std::string_view about, std::string_view address,
                                            Time now) {
  if (last_ && now - *last_ < between_lines) {
    ++unsaid_;
    return std::nullopt;
  }
  std::string text = "epicura: refused, ";
  text.append(name(refusal)).append(": ").append(quoted(about)).append(" from ").append(quoted(address));
  if (unsaid_ > 0) text += " (and " + std::to_string(unsaid_) + " refusals before it)";
  last_ = now;
  unsaid_ = 0;
  return text;
}

}  // namespace epicura::bridge::plugin
