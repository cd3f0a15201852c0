#pragma once
// The way to PostgreSQL: one thread with one connection in pipeline mode, on which any number of units of work are
// under way at a time. A lost connection comes back by itself.
//
// The server works on one unit after the other: a slow one holds up those behind it, at most until its own deadline.
// So there is a client for each kind of work: what scans or writes in bulk does not stand before what reads a row.
//
// What has passed its deadline is answered so, wherever it stands. If the server then still works for nobody, or does
// not answer at all, the connection is replaced (PQcancel blocks where a server is stopped, and may hit the unit behind
// the one it is meant for). What was sent on it is away, but for point reads; these, and what was not sent yet, follow
// on the next connection if it stands soon.

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "schema/observe/metrics.hpp"
#include "schema/pg/outcome.hpp"
#include "schema/pg/params.hpp"
#include "schema/pg/statement.hpp"
#include "schema/time.hpp"

namespace epicura::pg {

// Exactly once for each unit, on the client's thread (after stop(): on the submitter's). It must not block: everybody's
// results wait behind it. It may submit, but who repeats an `away` at once turns in a circle: wait, or for `connected`.
using Callback = std::function<void(Outcome)>;

struct ClientSettings {
  std::string conninfo;              // URI or keywords; std::invalid_argument from the constructor if it cannot be read
  std::string name;                  // the label `client` of the metrics, the thread's name, and in the log
  std::size_t max_in_flight = 1000;  // units submitted and unanswered; what is above fails with `away`
  std::size_t max_in_flight_bytes = 64 << 20;  // their parameters; likewise
  std::size_t max_result_bytes = 32 << 20;     // of one unit: some way above, it is refused with 54000
  Millis client_deadline{10'000};              // from the submission: timeout
  Millis server_deadline{5'000};      // statement_timeout, for each statement: 57014; shorter than the client's
  Millis lock_deadline{0};            // lock_timeout, for each lock waited for: 55P03; 0: as long as the statement
  Millis connect_deadline{5'000};     // one attempt to connect
  std::string application_name = {};  // empty: the name
};

// On the client's thread; neither is called by stop(). `lost` comes after what is away with the
// connection has failed.
struct ClientEvents {
  std::function<void()> connected;
  std::function<void()> lost;
};

class Client {
 public:
  Client(ClientSettings settings, ClientEvents events, observe::Metrics& metrics);  // does not wait for the connection
  ~Client();                                                                        // stop()
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Any thread; neither blocks. Units are executed in the order of submission, each in a transaction of its own; what
  // has to be sent again (statement.hpp, and once after a migration changed what a statement gives) then comes later.
  void execute(const Statement& statement, Params params, Callback done);
  void execute(Statement&&, Params, Callback) = delete;  // a statement outlives the client
  // All of the statements or none.
  void transaction(std::vector<std::pair<const Statement*, Params>> statements, Callback done);

  // A thread that works in rounds sends together what a round submits, since point reads that come together share a
  // transaction: from the first call on, what the thread submits wakes no client until it makes the second, which it
  // owes at the end of each round. No client ends between.
  static void gather_submissions();
  static void send_gathered();

  bool connected() const;
  void stop();  // fails what is outstanding with `away`, closes, joins; not from a callback

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace epicura::pg
