#include "actors/cli/database.hpp"

namespace epicura::cli {

Database::Database(const std::string& url)
    : client_({.conninfo = url, .name = "epicura-cli"},
              {[this] { std::call_once(once_, [this] { connected_.set_value(); }); }, nullptr}, metrics_) {}

pg::Outcome Database::execute(const pg::Statement& statement, pg::Params params) {
  if (connection_.wait_for(std::chrono::seconds{5}) != std::future_status::ready) {
    pg::Outcome away;
    away.failure = pg::Failure::away;
    away.message = "PostgreSQL does not answer";
    return away;
  }
  std::promise<pg::Outcome> came;
  client_.execute(statement, std::move(params), [&came](pg::Outcome outcome) { came.set_value(std::move(outcome)); });
  return came.get_future().get();
}

pg::Outcome execute_once(const std::string& database_url, const pg::Statement& statement, pg::Params params) {
  return Database(database_url).execute(statement, std::move(params));
}

}  // namespace epicura::cli
