#include "schema/dead_letter.hpp"

#include <fmt/format.h>

#include "schema/base64.hpp"
#include "schema/bounded_json.hpp"

namespace epicura {

std::vector<RefusedReading> as_letters(std::vector<RefusedReading> refused) {
  constexpr std::size_t most = 16;
  if (refused.size() <= most) return refused;
  const auto more = refused.size() - most;
  refused.resize(most);
  refused.back().detail += fmt::format("; and {} more readings of this message are refused", more);
  return refused;
}

std::string encode(const DeadLetter& letter, Timestamp at) {
  constexpr std::size_t kept_payload = 4096;
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

}  // namespace epicura
