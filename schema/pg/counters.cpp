#include "schema/pg/counters.hpp"

namespace epicura::pg {

namespace {

constexpr std::array outcomes{"ok", "away", "timeout", "refused"};
static_assert(static_cast<int>(Failure::away) == 0 && static_cast<int>(Failure::timeout) == 1 &&
              static_cast<int>(Failure::refused) == 2);

// Seconds: from a point read on an idle machine to the longest deadline.
const std::vector<double> bounds{0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02,
                                 0.05,   0.1,    0.2,    0.5,   1,     2,     5,    10};

}  // namespace

Counters::Counters(observe::Metrics& metrics, const std::string& client)
    : connected(
          metrics.gauge("epicura_pg_connected", "1 while the connection to PostgreSQL stands", {{"client", client}})),
      in_flight(metrics.gauge("epicura_pg_in_flight", "Units of work that are not answered", {{"client", client}})),
      in_flight_bytes(metrics.gauge("epicura_pg_in_flight_bytes", "Their parameters", {{"client", client}})),
      repeats(metrics.counter("epicura_pg_repeats_total", "Units that were sent once more", {{"client", client}})),
      reconnects(metrics.counter("epicura_pg_reconnects_total", "Connections that took the place of a lost one",
                                 {{"client", client}})),
      metrics_(metrics),
      client_(client),
      units_(metrics.counter("epicura_pg_units_total", "Units of work that ended, in whatever way",
                             {{"client", client}})) {
  for (std::size_t i = 0; i < failures_.size(); ++i) {
    failures_[i] = &metrics.counter("epicura_pg_failures_total", "Units of work that failed",
                                    {{"client", client}, {"kind", outcomes[i + 1]}});
  }
}

void Counters::ended(const Unit& unit, SteadyTime::duration took) {
  units_.Increment();
  const auto& failure = unit.outcome.failure;
  if (failure) failures_[static_cast<std::size_t>(*failure)]->Increment();
  const double seconds = std::chrono::duration<double>(took).count();
  for (const auto& [statement, params] : unit.statements) {
    const auto& counters = of(*statement);
    counters.outcomes[failure ? static_cast<std::size_t>(*failure) + 1 : 0]->Increment();
    counters.seconds->Observe(seconds);
  }
}

void Counters::ended_unsent() {
  units_.Increment();
  failures_[static_cast<std::size_t>(Failure::away)]->Increment();
}

const Counters::OfStatement& Counters::of(const Statement& statement) {
  const auto [place, is_new] = statements_.try_emplace(statement.name);
  auto& counters = place->second;
  if (!is_new) return counters;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    counters.outcomes[i] =
        &metrics_.counter("epicura_pg_statements_total", "Executions of a statement that ended, in whatever way",
                          {{"client", client_}, {"statement", statement.name}, {"outcome", outcomes[i]}});
  }
  counters.seconds =
      &metrics_.histogram("epicura_pg_statement_seconds", "From the submission of its unit to the answer", bounds,
                          {{"client", client_}, {"statement", statement.name}});
  return counters;
}

}  // namespace epicura::pg
