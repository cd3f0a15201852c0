#include "actors/dead_letter_replay.hpp"

#include "bridge/topic_map.hpp"
#include "bus/subjects.hpp"
#include "schema/bounded_json.hpp"
#include "schema/dead_letter.hpp"

namespace epicura {

namespace {

// Absent: it is no topic of a device's.
std::optional<std::string> subject_of(std::string_view origin) {
  if (origin.find('/') == std::string_view::npos) return std::string(origin);
  auto mapped = bridge::subject_of(origin);
  auto* subject = std::get_if<std::string>(&mapped);
  return subject ? std::optional(std::move(*subject)) : std::nullopt;
}

// The form with `values` of a reading that is shown by itself; absent: the payload is something else.
std::optional<std::string> as_values(std::string_view payload) {
  const auto parsed = parse_json(payload);
  if (parsed.refused || !parsed.value.is_object()) return std::nullopt;
  const auto& shown = parsed.value;
  const auto metric = shown.find("metric");
  const auto value = shown.find("value");
  if (metric == shown.end() || !metric->is_string() || value == shown.end() || shown.contains("values"))
    return std::nullopt;
  Json element{{"values", {{metric->get<std::string>(), *value}}}};
  if (const auto ts = shown.find("ts"); ts != shown.end()) element["ts"] = *ts;
  const auto seq = shown.find("seq");
  if (seq != shown.end() && !(seq->is_number() && *seq < 0)) element["seq"] = *seq;
  return dump_json(element);
}

}  // namespace

std::variant<bus::Outgoing, JobCall, std::string> replay_of(const LetterRow& letter) {
  if (!is_whole(letter.size, letter.payload.size())) return "only a part of it was kept";
  if (letter.source == "job") {
    auto call = decode_job_call(letter.payload);
    if (!call) return "it names no job";
    return std::move(*call);
  }
  if (letter.source != "mqtt" && letter.source != "telemetry" && letter.source != "device" && letter.source != "http")
    return "letters of this source are not sent again";
  const auto subject = subject_of(letter.origin);
  const auto parsed = subject ? bus::parse_device_subject(*subject) : std::nullopt;
  if (!parsed) return "it comes from no topic that devices have";
  if (parsed->kind == bus::Kind::telemetry) {
    if (auto values = as_values(letter.payload))
      return bus::Outgoing{bus::telemetry_subject(parsed->device_id), std::move(*values), {}};
  }
  return bus::Outgoing{*subject, std::string(letter.payload), {}};
}

}  // namespace epicura
