#include "schema/telemetry_codec.hpp"

#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "schema/json_text.hpp"
#include "schema/metric.hpp"
#include "schema/telemetry_scan.hpp"

namespace epicura {

namespace {

constexpr std::size_t max_refused_payload = 4096;
constexpr std::size_t max_unit_bytes = 32;

// A member that is there and not null.
const Json* member(const Json& object, const std::string& key) {
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

// What the readings of one element have in common.
struct Common {
  Timestamp ts;
  std::int64_t seq = -1;
  std::optional<Uuid> session_id;
};

// Collects readings, and refusals with the index that the reading has among all of its message.
class Decoder {
 public:
  Decoder(std::string_view payload, Timestamp arrived, DecodedTelemetry& out)
      : payload_(payload.substr(0, max_refused_payload)), arrived_(arrived), out_(out) {}

  void refuse(Refusal code, std::string detail, std::string payload) {
    if (payload.size() > max_refused_payload) payload.resize(max_refused_payload);
    out_.refused.push_back({index_++, code, std::move(detail), std::move(payload)});
  }

  // Once a message has as many readings as one may have, the rest of it is refused as one.
  bool full() {
    if (index_ < max_readings) return false;
    if (!std::exchange(full_, true)) {
      refuse(Refusal::too_large, "more than 1,000 readings in a message; those behind are not kept",
             std::string(payload_));
    }
    return true;
  }

  void element(std::string_view metric, const Json& element) {
    if (!element.is_object()) return refuse(Refusal::bad_value, "not a JSON object", dump_json(element));
    const auto common = common_of(element);
    if (!common) return;
    out_.unknown_fields += metric.empty() ? count_unknown(element, {"ts", "values", "units", "session_id", "seq"})
                                          : count_unknown(element, {"ts", "value", "unit", "session_id", "seq"});
    if (metric.empty()) return values(*common, element);
    const auto value = element.find("value");
    if (value == element.end()) return refuse(Refusal::bad_value, "value is missing", dump_json(element));
    one(*common, metric, *value, member(element, "unit"));
  }

 private:
  std::optional<Common> common_of(const Json& element) {
    Common common;
    const auto ts = element.find("ts");
    if (ts == element.end()) return refused(Refusal::bad_time, "ts is missing", element);
    const auto time = read_time(*ts);
    if (!time) return refused(Refusal::bad_time, "ts is neither RFC 3339 nor milliseconds since 1970", element);
    if (!is_time_kept(*time, arrived_)) {
      return refused(Refusal::bad_time, "ts is more than 7 days back or 5 minutes ahead", element);
    }
    common.ts = *time;
    if (const Json* seq = member(element, "seq")) {
      if (!seq->is_number_integer() || (seq->is_number_unsigned() && seq->get<std::uint64_t>() > max_seq) ||
          seq->get<std::int64_t>() < 0) {
        return refused(Refusal::bad_value, "seq is not a whole number from 0 on", element);
      }
      common.seq = seq->get<std::int64_t>();
    }
    if (const Json* session = member(element, "session_id")) {
      if (session->is_string()) common.session_id = Uuid::parse(session->get_ref<const std::string&>());
      if (!common.session_id) return refused(Refusal::bad_value, "session_id is not a UUID", element);
    }
    return common;
  }

  void values(const Common& common, const Json& element) {
    const auto values = element.find("values");
    if (values == element.end() || !values->is_object() || values->empty()) {
      return refuse(Refusal::bad_value, "values is not an object of metric and number", dump_json(element));
    }
    const Json* units = member(element, "units");
    if (units && !units->is_object()) {
      return refuse(Refusal::bad_value, "units is not an object of metric and text", dump_json(element));
    }
    for (const auto& [metric, value] : values->items()) {
      if (full()) return;
      one(common, metric, value, units ? member(*units, metric) : nullptr);
    }
  }

  void one(const Common& common, std::string_view metric, const Json& value, const Json* unit) {
    const auto shown = [&] {
      return dump_json({{"metric", metric}, {"value", value}, {"ts", format_rfc3339(common.ts)}});
    };
    if (!is_metric_name(metric)) {
      return refuse(Refusal::bad_metric, "a metric is 1 to 4 levels of [A-Za-z0-9_-]{1,64} joined by dots", shown());
    }
    if (!value.is_number() || !std::isfinite(value.get<double>())) {
      return refuse(Refusal::bad_value, "the value is not a finite number", shown());
    }
    Reading reading{std::string(metric), value.get<double>(), common.ts, common.seq, {}, common.session_id};
    if (unit) {
      if (!unit->is_string() || !is_unit(unit->get_ref<const std::string&>())) {
        return refuse(Refusal::bad_value, "the unit is not a text of at most 32 bytes", shown());
      }
      reading.unit = unit->get_ref<const std::string&>();
    }
    out_.readings.push_back(std::move(reading));
    ++index_;
  }

  std::nullopt_t refused(Refusal code, std::string detail, const Json& element) {
    refuse(code, std::move(detail), dump_json(element));
    return std::nullopt;
  }

  static constexpr std::uint64_t max_seq = std::numeric_limits<std::int64_t>::max();

  std::string_view payload_;
  Timestamp arrived_;
  DecodedTelemetry& out_;
  std::size_t index_ = 0;
  bool full_ = false;
};

}  // namespace

std::optional<Timestamp> read_time(const Json& value) {
  if (value.is_string()) return parse_rfc3339(value.get_ref<const std::string&>());
  if (!value.is_number()) return std::nullopt;
  const double ms = value.get<double>();
  constexpr double year_10000 = 253402300800000.0;
  if (!std::isfinite(ms) || ms < 0 || ms >= year_10000) return std::nullopt;
  return Timestamp{Millis{static_cast<std::int64_t>(ms)}};
}

bool is_unit(std::string_view unit) {
  if (unit.empty() || unit.size() > max_unit_bytes) return false;
  for (const char c : unit) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) return false;
  }
  return true;
}

DecodedTelemetry decode_telemetry(std::string_view metric, std::string_view payload, Timestamp arrived) {
  if (auto usual = scan_telemetry(metric, payload, arrived)) return {std::move(*usual), {}, 0};
  return decode_telemetry_tree(metric, payload, arrived);
}

DecodedTelemetry decode_telemetry_tree(std::string_view metric, std::string_view payload, Timestamp arrived) {
  DecodedTelemetry out;
  Decoder decoder(payload, arrived, out);
  const auto parsed = parse_json(payload);
  if (parsed.refused) {
    const auto why = *parsed.refused;
    decoder.refuse(why,
                   why == Refusal::too_deep    ? "nested deeper than 32"
                   : why == Refusal::too_large ? "larger than 1 MiB"
                                               : "not JSON",
                   std::string(payload.substr(0, max_refused_payload)));
  } else if (metric.empty() && parsed.value.is_array()) {
    for (const auto& element : parsed.value) {
      if (decoder.full()) break;
      decoder.element(metric, element);
    }
    if (parsed.value.empty()) decoder.refuse(Refusal::bad_value, "an empty array", "[]");
  } else {
    decoder.element(metric, parsed.value);
  }
  return out;
}

std::string encode_telemetry(const std::vector<Reading>& readings) {
  constexpr std::size_t usual_bytes = 96;
  std::string out;
  out.reserve(readings.size() * usual_bytes);
  auto at = std::back_inserter(out);
  for (const auto& reading : readings) {
    // A metric has no character that JSON would escape.
    fmt::format_to(at, R"({}{{"ts":{},"values":{{"{}":{}}})", out.empty() ? '[' : ',',
                   reading.ts.time_since_epoch().count(), reading.metric, reading.value);
    if (!reading.unit.empty()) {
      fmt::format_to(at, R"(,"units":{{"{}":)", reading.metric);
      append_json_string(out, reading.unit);
      out += '}';
    }
    if (reading.seq >= 0) fmt::format_to(at, R"(,"seq":{})", reading.seq);
    if (reading.session_id) fmt::format_to(at, R"(,"session_id":"{}")", reading.session_id->str());
    out += '}';
  }
  out += out.empty() ? "[]" : "]";
  return out;
}

}  // namespace epicura
