#pragma once
// The units that are under way on one established connection. Belongs to the client's thread; dies with the connection.
//
// Each unit is a transaction of its own, closed by a Sync. Neighbours that are point reads share one: they are answered
// as soon as each has its rows, and where one fails, those behind it, which the server passes over, are sent again,
// each alone.

#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "schema/pg/unit.hpp"

struct pg_conn;

namespace epicura::pg {

class Pipeline {
 public:
  Pipeline(pg_conn* conn, std::size_t max_result_bytes) : conn_(conn), max_result_bytes_(max_result_bytes) {}

  using Complete = std::function<void(Unit)>;

  // Puts the unit behind the others; before it, closed by Syncs of their own, its statements that this connection has
  // not prepared yet. False: the connection is broken (the unit is among take_all()).
  bool send(Unit unit);

  enum class Flush { done, blocked, broken };
  Flush flush();  // ends what is shared; blocked: the socket takes no more now

  // Reads what has arrived and hands over each unit that is complete. False: the connection is broken; what was
  // complete has been handed over.
  bool receive(SteadyTime now, const Complete& complete);
  std::deque<Unit> take_again();  // since the last call, in their order: to be sent once more, before all others

  // Hands over what is due, and keeps its place. The earliest time that is left; max: none.
  SteadyTime expire(SteadyTime now, const Complete& complete);
  // Since when the server has been at a unit that nobody waits for any more.
  std::optional<SteadyTime> idle_since() const;

  bool empty() const { return sent_.empty(); }
  bool full() const;            // what is sent can no longer be taken back: no further ahead than this
  std::deque<Unit> take_all();  // units without an answer, oldest first
  const std::string& error() const { return error_; }

 private:
  // A statement as this connection knows it. After a failed Parse what was sent behind it fails with 26000; it then
  // gets the words of the Parse, and who comes next parses again.
  struct Prepared {
    enum class State { unknown, ready, stale };
    State state = State::unknown;
    std::uint64_t number = 0;  // of its Parse
    Outcome failed;
  };

  bool prepare(const Statement& statement, SteadyTime due);
  bool put_own(Unit::Purpose purpose, const Statement& statement, SteadyTime due);
  bool put_execute(const Statement& statement, const Params& params);
  bool close_group();
  bool broken();
  bool take_result(pg_result* result, const Complete& complete);
  void end_unit(const Complete& complete);
  bool fatal(const pg_result* error);  // the server ends the connection with this error
  void refuse(Unit& unit, const pg_result* error);
  void refuse_too_large();
  void settle_parse(const Unit& unit);
  void explain_unprepared(Unit& unit);
  bool renew(const Unit& unit);

  pg_conn* conn_;
  const std::size_t max_result_bytes_;
  std::deque<Unit> sent_;
  std::deque<Unit> again_;
  std::size_t group_ = 0;  // units sent since the last Sync
  std::uint64_t numbered_ = 0;
  SteadyTime moved_{};            // when a unit was last complete
  int reads_ = 0;                 // since then
  std::size_t result_bytes_ = 0;  // since then, once it has taken many reads
  std::unordered_map<std::string_view, Prepared> prepared_;
  std::vector<const char*> values_;  // of one execution; kept for their memory
  std::vector<int> lengths_, formats_;
  std::string error_;
};

}  // namespace epicura::pg
