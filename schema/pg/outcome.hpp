#pragma once
// What came of one unit of work.

#include <optional>
#include <string>
#include <vector>

#include "schema/pg/result.hpp"

namespace epicura::pg {

enum class Failure {
  away,     // not connected, over the in-flight limit, or the connection was lost on the way
  timeout,  // no answer within the client's deadline
  refused,  // the server refused a statement of the unit, and undid the others: see sqlstate
};

// After `away` and `timeout` of a unit that was on its way it is not known whether it was committed: what is repeated
// then must bear repetition.
struct Outcome {
  std::vector<Rows> results;  // one for each statement; empty unless ok
  std::optional<Failure> failure;
  std::string sqlstate;    // five characters when refused
  std::string constraint;  // of the constraint that was violated, if it has a name
  std::string message;     // the server's or libpq's own words, for the log; never for callers outside

  bool ok() const { return !failure; }
};

// The server refused the data itself (SQLSTATE class 22: data exception, 23: constraint): it will refuse it again.
// Any other failure may pass later. A day without a partition is not the data's fault.
bool is_data_fault(const Outcome& outcome);

// A row of the unit has a key that is there already (or stands twice in the unit), and the statement does not bear it.
bool is_duplicate(const Outcome& outcome);

// A reading of a day that has no partition: 23514 like a failed check, but without a constraint's name. Make the
// partition and try again.
bool is_missing_partition(const Outcome& outcome);

}  // namespace epicura::pg
