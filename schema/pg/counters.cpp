#include "schema/pg/counters.hpp"

namespace epicura::pg {

namespace {

observe::Counter& failures(observe::Metrics& metrics, const std::string& client, const char* kind) {
  return metrics.counter("epicura_pg_failures_total", "Units of work that failed",
                         {{"client", client}, {"kind", kind}});
}

}  // namespace

Counters::Counters(observe::Metrics& metrics, const std::string& client)
    : connected(
          metrics.gauge("epicura_pg_connected", "1 while the connection to PostgreSQL stands", {{"client", client}})),
      units(
          metrics.counter("epicura_pg_units_total", "Units of work that ended, in whatever way", {{"client", client}})),
      away(failures(metrics, client, "away")),
      timeout(failures(metrics, client, "timeout")),
      refused(failures(metrics, client, "refused")),
      reconnects(metrics.counter("epicura_pg_reconnects_total", "Connections that took the place of a lost one",
                                 {{"client", client}})) {}

void Counters::ended(const Outcome& outcome) {
  units.Increment();
  if (outcome.ok()) return;
  switch (*outcome.failure) {
    case Failure::away:
      away.Increment();
      break;
    case Failure::timeout:
      timeout.Increment();
      break;
    case Failure::refused:
      refused.Increment();
      break;
  }
}

}  // namespace epicura::pg
