#pragma once
// The way to PostgreSQL: one thread with one connection in pipeline mode, on which any number of units of work are
// under way at a time. A lost connection comes back by itself.

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
  Millis client_deadline{10'000};    // from the submission; then the connection is given up, and all that is on it
  Millis server_deadline{5'000};     // statement_timeout, for each statement: 57014; shorter than the client's
  Millis connect_deadline{5'000};    // one attempt to connect
  std::string application_name = {};  // empty: the name
};

// On the client's thread; neither is called by stop(). `lost` comes after what was in flight has failed.
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

  // Any thread; neither blocks. Units are executed in the order of submission, each in a transaction of its own.
  void execute(const Statement& statement, Params params, Callback done);
  void execute(Statement&&, Params, Callback) = delete;  // a statement outlives the client
  // All of the statements or none.
  void transaction(std::vector<std::pair<const Statement*, Params>> statements, Callback done);

  bool connected() const;
  void stop();  // fails what is outstanding with `away`, closes, joins; not from a callback

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace epicura::pg
