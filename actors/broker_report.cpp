#include "actors/broker_report.hpp"

#include <charconv>

#include "bridge/plugin/bridge_sessions.hpp"
#include "schema/bounded_json.hpp"
#include "schema/metric.hpp"

namespace epicura {

BrokerReport::BrokerReport(Readiness& readiness, observe::Metrics& metrics)
    : readiness_(readiness),
      metrics_(metrics),
      dropped_(metrics.gauge("epicura_broker_dropped", "messages that the broker dropped since it started")),
      admitting_(metrics.gauge("epicura_broker_admitting", "1 while the broker lets devices in")) {}

void BrokerReport::take(std::string_view topic, std::string_view payload) {
  if (topic == bridge::dropped_topic) {
    double count = 0;
    if (std::from_chars(payload.data(), payload.data() + payload.size(), count).ec == std::errc{}) dropped_.Set(count);
    return;
  }
  if (topic != bridge::counters_topic) return;
  const auto parsed = parse_json(payload);
  if (parsed.refused || !parsed.value.is_object()) return;
  const bool admitting = parsed.value.value("admitting", Json(false)) == true;
  readiness_.broker_admits = admitting;
  admitting_.Set(admitting ? 1 : 0);
  const auto refused = parsed.value.find("refused");
  if (refused == parsed.value.end() || !refused->is_object()) return;
  for (const auto& [reason, count] : refused->items()) {
    if (!is_level(reason) || !count.is_number()) continue;
    metrics_
        .gauge("epicura_broker_refused", "what the broker's plugin refused since the broker started",
               {{"reason", reason}})
        .Set(count.get<double>());
  }
}

}  // namespace epicura
