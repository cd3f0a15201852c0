// Any payload, on a metric's own topic or without one: whatever is kept is legal and survives the way through HTTP.

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <tuple>

#include "schema/metric.hpp"
#include "schema/telemetry_codec.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace epicura;
  const auto arrived = *parse_rfc3339("2026-11-20T12:00:00Z");
  const bool with_metric = size > 0 && data[0] == 'm';
  const std::string_view payload(reinterpret_cast<const char*>(data) + (size > 0), size > 0 ? size - 1 : 0);
  const auto out = decode_telemetry(with_metric ? "probe.1" : "", payload, arrived);
  if (out.readings.empty() && out.refused.empty()) std::abort();  // nothing is dropped without a word
  for (const auto& reading : out.readings) {
    if (!is_metric_name(reading.metric) || !std::isfinite(reading.value) || !is_time_kept(reading.ts, arrived) ||
        reading.seq < -1 || (!reading.unit.empty() && !is_unit(reading.unit))) {
      std::abort();
    }
  }
  for (const auto& refused : out.refused) {
    if (refused.payload.size() > 4096) std::abort();
  }
  // The shorter way and the tree say the same, but for the order of an element's values.
  auto tree = decode_telemetry_tree(with_metric ? "probe.1" : "", payload, arrived).readings;
  auto sorted = out.readings;
  const auto by_all = [](const Reading& a, const Reading& b) {
    return std::tie(a.ts, a.seq, a.metric, a.value) < std::tie(b.ts, b.seq, b.metric, b.value);
  };
  std::sort(tree.begin(), tree.end(), by_all);
  std::sort(sorted.begin(), sorted.end(), by_all);
  if (tree != sorted) std::abort();
  if (!out.readings.empty() && decode_telemetry("", encode_telemetry(out.readings), arrived).readings != out.readings)
    std::abort();
  return 0;
}
