#pragma once
// What a client shows on /metrics, under its name: epicura_pg_{connected, in_flight, in_flight_bytes, units_total,
// failures_total{kind}, repeats_total, reconnects_total}, and for each statement that it has executed
// epicura_pg_statements_total{outcome} and the histogram epicura_pg_statement_seconds, from the submission to the
// answer. A unit of several statements counts for each of them. The labels are bounded: names are constants.

#include <array>
#include <string>
#include <string_view>
#include <unordered_map>

#include "schema/observe/metrics.hpp"
#include "schema/pg/unit.hpp"

namespace epicura::pg {

class Counters {
 public:
  Counters(observe::Metrics& metrics, const std::string& client);

  // A unit, in whatever way. The client's thread.
  void ended(const Unit& unit, SteadyTime::duration took);
  void ended_unsent();  // after the end of the client's thread: any thread

  observe::Gauge& connected;
  observe::Gauge& in_flight;
  observe::Gauge& in_flight_bytes;
  observe::Counter& repeats;
  observe::Counter& reconnects;

 private:
  struct OfStatement {
    std::array<observe::Counter*, 4> outcomes;  // ok, then as Failure
    observe::Histogram* seconds;
  };
  const OfStatement& of(const Statement& statement);

  observe::Metrics& metrics_;
  const std::string client_;
  observe::Counter& units_;
  std::array<observe::Counter*, 3> failures_;  // as Failure
  std::unordered_map<std::string_view, OfStatement> statements_;
};

}  // namespace epicura::pg
