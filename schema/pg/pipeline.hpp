#pragma once
// The units that are under way on one established connection. Belongs to the client's thread; dies with the connection.

#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "schema/pg/unit.hpp"

struct pg_conn;

namespace epicura::pg {

class Pipeline {
 public:
  explicit Pipeline(pg_conn* conn) : conn_(conn) {}

  // Puts the unit behind the others, closed by a Sync; before it, closed by Syncs of their own, its statements that
  // this connection has not prepared yet. False: the connection is broken (the unit is among take_all()).
  bool send(Unit unit);

  enum class Flush { done, blocked, broken };
  Flush flush();  // blocked: the socket takes no more now

  // Reads what has arrived and hands over each unit that is complete. False: the connection is broken; what was
  // complete has been handed over.
  bool receive(const std::function<void(Unit)>& complete);

  bool empty() const { return sent_.empty(); }
  SteadyTime oldest_due() const { return sent_.front().due; }
  std::deque<Unit> take_all();  // units without a result, oldest first
  const std::string& error() const { return error_; }

 private:
  // A statement as this connection knows it. After a failed Parse what was sent behind it fails with 26000; it then
  // gets the words of the Parse, and who comes next parses again.
  struct Prepared {
    bool usable = true;
    Outcome failed;
  };

  bool prepare(const Statement& statement, SteadyTime due);
  bool broken();
  bool fatal(const pg_result* error);  // the server ends the connection with this error
  void refuse(Unit& unit, const pg_result* error);
  void settle_prepare(const Unit& unit);
  void explain_unprepared(Unit& unit);

  pg_conn* conn_;
  std::deque<Unit> sent_;
  std::unordered_map<std::string_view, Prepared> prepared_;
  std::string error_;
};

}  // namespace epicura::pg
