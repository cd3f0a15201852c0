#pragma once
// Waiting for what comes on the client's thread, with a limit, so that what never comes fails the test.

#include <doctest/doctest.h>

#include <future>

#include "schema/pg/client.hpp"
#include "tests/pg/private_postgres.hpp"

namespace epicura::pg {

inline constexpr std::chrono::seconds patience{15};

template <class Condition>
bool eventually(Condition condition, std::chrono::steady_clock::duration limit = patience) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(Millis(2));
  }
  return true;
}

inline Outcome get(std::future<Outcome>& future) {
  REQUIRE(future.wait_for(patience) == std::future_status::ready);
  return future.get();
}

// A client whose connection stands.
class TestClient {
 public:
  explicit TestClient(ClientSettings settings, ClientEvents events = {})
      : client(std::move(settings), std::move(events), metrics) {
    REQUIRE(eventually([this] { return client.connected(); }));
  }
  explicit TestClient(const std::string& conninfo) : TestClient(ClientSettings{.conninfo = conninfo, .name = "test"}) {}

  std::future<Outcome> submit(const Statement& statement, Params params = {}) {
    auto promise = std::make_shared<std::promise<Outcome>>();
    client.execute(statement, std::move(params),
                   [promise](Outcome outcome) { promise->set_value(std::move(outcome)); });
    return promise->get_future();
  }
  std::future<Outcome> submit(std::vector<std::pair<const Statement*, Params>> statements) {
    auto promise = std::make_shared<std::promise<Outcome>>();
    client.transaction(std::move(statements), [promise](Outcome outcome) { promise->set_value(std::move(outcome)); });
    return promise->get_future();
  }
  Outcome run(const Statement& statement, Params params = {}) {
    auto future = submit(statement, std::move(params));
    return get(future);
  }
  // The rows of a statement that must succeed.
  Rows rows(const Statement& statement, Params params = {}) {
    auto outcome = run(statement, std::move(params));
    INFO(outcome.message);
    REQUIRE(outcome.ok());
    return outcome.results.at(0);
  }

  observe::Metrics metrics;
  Client client;
};

inline constexpr Statement backend_pid{"backend_pid", "select pg_backend_pid()::bigint"};
inline constexpr Statement sleep_seconds{"sleep_seconds", "select pg_sleep($1::double precision)::text"};

}  // namespace epicura::pg
