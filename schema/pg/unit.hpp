#pragma once
// A unit of work on its way through a client.

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "schema/pg/client.hpp"
#include "schema/pg/link.hpp"

namespace epicura::pg {

struct Unit {
  // A caller's, or the connection's own: to prepare a statement, to forget a prepared one.
  enum class Purpose : std::uint8_t { work, parse, deallocate };

  std::vector<std::pair<const Statement*, Params>> statements;  // of work; they stay until it is answered
  Callback done;
  SteadyTime due;         // the client's deadline
  std::size_t bytes = 0;  // of parameters
  Outcome outcome;

  Purpose purpose = Purpose::work;
  const Statement* subject = nullptr;  // of parse and deallocate
  bool over_limit = false;             // refused at submission: too much in flight
  bool point_reads = false;            // and nothing else
  bool alone = false;                  // shares its transaction with nobody, any more
  bool repeated = false;               // has been sent before, for a stale plan or on a connection that was lost
  // While it is in a pipeline:
  bool closes = false;       // a Sync follows it
  bool bystander = false;    // the server passed it over because a unit before it in the same transaction failed
  bool abandoned = false;    // its deadline has passed and it was answered; only its place is kept
  std::size_t results = 0;   // statements that have a result
  std::size_t failed = 0;    // where one was refused: which
  std::uint64_t number = 0;  // counts what this connection was sent
};

}  // namespace epicura::pg
