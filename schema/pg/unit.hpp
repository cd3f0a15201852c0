#pragma once
// A unit of work on its way through a client.

#include <string_view>
#include <utility>
#include <vector>

#include "schema/pg/client.hpp"
#include "schema/pg/link.hpp"

namespace epicura::pg {

struct Unit {
  std::vector<std::pair<const Statement*, Params>> statements;
  const Statement* prepares = nullptr;  // set: this is the connection's own Parse of that statement, no caller's unit
  Callback done;
  SteadyTime due;           // the client's deadline
  bool over_limit = false;  // refused at submission: too many in flight
  Outcome outcome;
};

}  // namespace epicura::pg
