#include "bus/ack_subject.hpp"

#include <array>
#include <charconv>

namespace epicura::bus {
namespace {

template <class Number>
bool read(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::optional<AckSubject> parse_ack_subject(std::string_view reply) {
  std::array<std::string_view, 12> level;
  std::size_t levels = 0;
  for (std::size_t from = 0;;) {
    if (levels == level.size()) return std::nullopt;
    const auto dot = reply.find('.', from);
    level[levels++] = reply.substr(from, dot - from);
    if (dot == std::string_view::npos) break;
    from = dot + 1;
  }
  if (levels < 9 || levels == 10 || level[0] != "$JS" || level[1] != "ACK") return std::nullopt;
  const std::size_t at = levels == 9 ? 4 : 6;  // where the counts begin
  AckSubject parsed;
  std::int64_t stored_ns = 0;
  if (!read(level[at], parsed.delivered) || !read(level[at + 1], parsed.stream_seq) ||
      !read(level[at + 2], parsed.consumer_seq) || !read(level[at + 3], stored_ns) ||
      !read(level[at + 4], parsed.pending))
    return std::nullopt;
  parsed.stored_at = StoredTime{std::chrono::microseconds{stored_ns / 1000}};
  return parsed;
}

}  // namespace epicura::bus
