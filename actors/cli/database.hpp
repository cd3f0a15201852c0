#pragma once
// Statements at PostgreSQL for a subcommand, which waits for them.

#include <future>
#include <mutex>
#include <string>

#include "schema/pg/client.hpp"

namespace epicura::cli {

// A connection for as long as it lives. What went wrong is in the outcomes.
class Database {
 public:
  explicit Database(const std::string& url);  // as pg::Client

  // Waits at most 5 s for the connection, and about as long for the statement.
  pg::Outcome execute(const pg::Statement& statement, pg::Params params);

 private:
  observe::Metrics metrics_;
  std::promise<void> connected_;
  std::once_flag once_;
  std::shared_future<void> connection_{connected_.get_future()};
  pg::Client client_;
};

// Connects, executes, disconnects.
pg::Outcome execute_once(const std::string& database_url, const pg::Statement& statement, pg::Params params);

}  // namespace epicura::cli
