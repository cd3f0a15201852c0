#include "schema/pg/outcome.hpp"

namespace epicura::pg {

bool is_missing_partition(const Outcome& outcome) {
  return outcome.failure == Failure::refused && outcome.sqlstate == "23514" && outcome.constraint.empty();
}

bool is_duplicate(const Outcome& outcome) {
  return outcome.failure == Failure::refused && outcome.sqlstate == "23505";
}

bool is_data_fault(const Outcome& outcome) {
  return outcome.failure == Failure::refused &&
         (outcome.sqlstate.starts_with("22") || outcome.sqlstate.starts_with("23")) && !is_missing_partition(outcome);
}

}  // namespace epicura::pg
