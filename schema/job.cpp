#include "schema/job.hpp"

#include <algorithm>

namespace epicura {

std::string encode(const JobCall& call) {
  return dump_json({{"id", call.id.str()}, {"kind", call.kind}});
}

std::optional<JobCall> decode_job_call(std::string_view json) {
  const auto parsed = parse_json(json);
  if (parsed.refused || !parsed.value.is_object()) return std::nullopt;
  const auto id = parsed.value.find("id");
  const auto kind = parsed.value.find("kind");
  if (id == parsed.value.end() || !id->is_string() || kind == parsed.value.end() || !kind->is_string())
    return std::nullopt;
  const auto uuid = Uuid::parse(id->get_ref<const std::string&>());
  if (!uuid) return std::nullopt;
  return JobCall{*uuid, kind->get<std::string>()};
}

Millis job_pause(std::int64_t attempts) {
  constexpr Millis first = std::chrono::seconds{5};
  constexpr Millis longest = std::chrono::hours{1};
  constexpr std::int64_t doublings = 10;  // enough to pass the longest
  return std::min(longest, first * (std::int64_t{1} << std::clamp<std::int64_t>(attempts - 1, 0, doublings)));
}

}  // namespace epicura
