#pragma once
// What came of a recording, in the recording's own ids and times.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "schema/bounded_json.hpp"
#include "schema/time.hpp"

namespace epicura::tests::replay {

struct StoredReading {
  std::string metric;
  Timestamp ts;
  std::int64_t seq = -1;  // -1: absent
  double value = 0;
  std::string unit;  // empty: absent
};

struct StoredPresence {
  std::string status;
  std::int64_t epoch = -1;
  std::string reason;  // empty: never heard of
  std::string firmware;
};

struct PotOutcome {
  std::vector<StoredReading> rows;         // by time
  std::optional<StoredPresence> presence;  // absent: it has no row
  Json twin = Json::object();              // as /twins/{id} gives it
};

struct LetterKind {
  std::string code;
  std::string source;
  std::string origin;
  auto operator<=>(const LetterKind&) const = default;  // NOLINT(modernize-use-nullptr): see Uuid
};

struct Outcome {
  int exit_code = 0;  // of the replay
  std::string said;
  std::map<std::string, PotOutcome> pots;
  std::map<LetterKind, int> letters;
  std::map<std::string, double> counters;  // by how much they grew
};

}  // namespace epicura::tests::replay
