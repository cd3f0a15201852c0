#include "schema/dead_letter.hpp"

#include <fmt/format.h>

#include "schema/base64.hpp"
#include "schema/bounded_json.hpp"

namespace epicura {

namespace {

constexpr std::size_t kept_payload = 4096;

// A text that PostgreSQL takes: whatever is parsed is UTF-8, but may have a NUL.
std::optional<std::string> text_of(const Json& letter, const char* field) {
  const auto found = letter.find(field);
  if (found == letter.end() || !found->is_string()) return std::nullopt;
  auto text = found->get<std::string>();
  return text.find('\0') == std::string::npos ? std::optional(std::move(text)) : std::nullopt;
}

// Absent: not there, or not from 0 on.
std::optional<std::int64_t> number_of(const Json& letter, const char* field) {
  const auto found = letter.find(field);
  if (found == letter.end() || !found->is_number_unsigned()) return std::nullopt;
  const auto number = found->get<std::uint64_t>();
  return number <= std::uint64_t{INT64_MAX} ? std::optional(static_cast<std::int64_t>(number)) : std::nullopt;
}

}  // namespace

std::vector<RefusedReading> as_letters(std::vector<RefusedReading> refused) {
  constexpr std::size_t most = 16;
  if (refused.size() <= most) return refused;
  const auto more = refused.size() - most;
  refused.resize(most);
  refused.back().detail += fmt::format("; and {} more readings of this message are refused", more);
  return refused;
}

std::string encode(const DeadLetter& letter, Timestamp at) {
  const auto payload = std::string_view(letter.payload).substr(0, kept_payload);
  return dump_json({{"id", Uuid::v7().str()},
                    {"at", format_rfc3339(at)},
                    {"source", letter.source},
                    {"device_id", letter.device_id ? Json(letter.device_id->str()) : Json(nullptr)},
                    {"origin", letter.origin},
                    {"code", name(letter.code)},
                    {"detail", letter.detail},
                    {"stream_seq", letter.stream_seq ? Json(letter.stream_seq) : Json(nullptr)},
                    {"size", letter.payload.size()},
                    {"payload_b64", base64(payload)}});
}

std::optional<KeptLetter> decode_dead_letter(std::string_view json) {
  const auto parsed = parse_json(json);
  if (parsed.refused || !parsed.value.is_object()) return std::nullopt;
  const auto& letter = parsed.value;
  const auto id = Uuid::parse(text_of(letter, "id").value_or(""));
  const auto at = parse_rfc3339(text_of(letter, "at").value_or(""));
  auto source = text_of(letter, "source");
  auto origin = text_of(letter, "origin");
  auto code = text_of(letter, "code");
  auto detail = text_of(letter, "detail");
  const auto size = number_of(letter, "size");
  auto payload_b64 = text_of(letter, "payload_b64");
  if (!id || !at || !source || !origin || !code || !detail || !size || !payload_b64) return std::nullopt;
  const auto payload = from_base64(*payload_b64);
  if (!payload || payload->size() > kept_payload) return std::nullopt;
  return KeptLetter{*id,
                    *at,
                    std::move(*source),
                    Uuid::parse(text_of(letter, "device_id").value_or("")),
                    std::move(*origin),
                    std::move(*code),
                    std::move(*detail),
                    number_of(letter, "stream_seq"),
                    *size,
                    std::move(*payload_b64)};
}

bool is_whole(std::int64_t size, std::size_t kept) {
  return kept < kept_payload && size == static_cast<std::int64_t>(kept);
}

}  // namespace epicura
