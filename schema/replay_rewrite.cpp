#include "schema/replay_rewrite.hpp"

#include <array>
#include <charconv>

#include "schema/hmac_sha256.hpp"
#include "schema/uuid.hpp"

namespace epicura {
namespace {

constexpr std::string_view blanks = " \t\r\n";

bool names_a_time(std::string_view name) {
  return name == "ts" || name == "issued_at" || name == "expires_at";
}

// Behind the opening quote at `at`: where the closing one stands; npos: nowhere.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  for (; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at;
    }
  }
  return std::string_view::npos;
}

bool is_year_kept(Timestamp time) {
  constexpr auto first = Timestamp{std::chrono::sys_days{std::chrono::year{1} / 1 / 1}};
  constexpr auto behind = Timestamp{std::chrono::sys_days{std::chrono::year{10000} / 1 / 1}};
  return time >= first && time < behind;
}

// The value at `at` is a time: appends it moved, and gives how many characters it took. 0: it is none.
std::size_t move_time(std::string_view text, std::size_t at, Millis by, std::string& out) {
  if (at >= text.size()) return 0;
  if (text[at] == '"') {
    const auto end = end_of_string(text, at + 1);
    if (end == std::string_view::npos) return 0;
    const auto time = parse_rfc3339(text.substr(at + 1, end - at - 1));
    if (!time || !is_year_kept(*time + by)) return 0;
    out.append(1, '"').append(format_rfc3339(*time + by)).append(1, '"');
    return end + 1 - at;
  }
  std::int64_t ms = 0;
  const auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), ms);
  const auto length = static_cast<std::size_t>(end - (text.data() + at));
  if (error != std::errc{} ||
      (at + length < text.size() && (text[at + length] == '.' || (text[at + length] | 32) == 'e')))
    return 0;
  constexpr std::int64_t most = std::int64_t{1} << 60;
  if (ms > most || ms < -most || !is_year_kept(Timestamp{Millis{ms} + by})) return 0;
  out += std::to_string(ms + by.count());
  return length;
}

}  // namespace

std::string shift_times(std::string_view payload, Millis by) {
  std::string out;
  out.reserve(payload.size() + 16);
  std::size_t at = 0;
  while (at < payload.size()) {
    const auto quote = payload.find('"', at);
    if (quote == std::string_view::npos) break;
    const auto end = end_of_string(payload, quote + 1);
    if (end == std::string_view::npos) break;
    out += payload.substr(at, end + 1 - at);
    at = end + 1;
    if (!names_a_time(payload.substr(quote + 1, end - quote - 1))) continue;
    auto value = payload.find_first_not_of(blanks, at);
    if (value == std::string_view::npos || payload[value] != ':') continue;  // a value, not a name
    value = payload.find_first_not_of(blanks, value + 1);
    if (value == std::string_view::npos) break;
    out += payload.substr(at, value - at);
    at = value + move_time(payload, value, by, out);
  }
  if (at < payload.size()) out += payload.substr(at);
  return out;
}

DeviceMapping DeviceMapping::from_seed(std::string seed) {
  DeviceMapping out;
  out.seed_ = std::move(seed);
  return out;
}

DeviceMapping DeviceMapping::from_table(std::unordered_map<std::string, std::string> table) {
  DeviceMapping out;
  out.table_ = std::move(table);
  return out;
}

void DeviceMapping::apply(std::string& subject, std::string& payload) {
  constexpr std::string_view prefix = "epicura.";
  constexpr std::size_t id_length = 36;
  if (!subject.starts_with(prefix) || subject.find('.', prefix.size()) != prefix.size() + id_length) return;
  const auto id = subject.substr(prefix.size(), id_length);
  auto found = table_.find(id);
  if (found == table_.end()) {
    // What is no device's id, as the same in capitals, must not become one.
    const auto read = Uuid::parse(id);
    if (seed_.empty() || !read || read->str() != id) return;
    const auto digest = hmac_sha256(seed_, id);
    Uuid made;
    for (std::size_t i = 0; i < made.bytes.size(); ++i) made.bytes[i] = static_cast<std::uint8_t>(digest[i]);
    made.bytes[6] = static_cast<std::uint8_t>((made.bytes[6] & 0x0f) | 0x80);
    made.bytes[8] = static_cast<std::uint8_t>((made.bytes[8] & 0x3f) | 0x80);
    found = table_.emplace(id, made.str()).first;
  }
  subject.replace(prefix.size(), id_length, found->second);
  for (auto at = payload.find(id); at != std::string::npos; at = payload.find(id, at + id_length))
    payload.replace(at, id_length, found->second);
}

}  // namespace epicura
