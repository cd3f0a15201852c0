#include "bus/pub_ack.hpp"

namespace epicura::bus {
namespace {

// What stands behind `"key":`, spaces skipped; empty where there is no such key.
std::string_view behind(std::string_view json, std::string_view key) {
  const auto at = json.find(key);
  if (at == std::string_view::npos) return {};
  json.remove_prefix(at + key.size());
  while (!json.empty() && json.front() == ' ') json.remove_prefix(1);
  return json;
}

}  // namespace

// Searched, not parsed: this runs once a message, and both forms are the server's own and flat.
PubAck read_pub_ack(std::string_view payload) {
  if (payload.empty()) return {false, "no stream takes the subject"};
  if (payload.find("\"error\"") == std::string_view::npos) {
    const auto number = behind(payload, "\"seq\":");
    if (!number.empty() && number.front() >= '1' && number.front() <= '9') return {true, {}};
    return {false, "an answer that is not JetStream's"};
  }
  auto text = behind(payload, "\"description\":");
  if (!text.starts_with('"')) return {false, "an error without description"};
  text.remove_prefix(1);
  return {false, text.substr(0, text.find('"'))};
}

}  // namespace epicura::bus
