// Backends and servers that die, hang or are not there: what is in flight is told, and the client comes back by itself.
#include <doctest/doctest.h>

#include <fmt/format.h>
#include <sys/types.h>

#include <csignal>

#include "tests/pg/waiting.hpp"

namespace epicura::pg {

namespace {

constexpr Statement echo{"echo", "select $1::bigint"};

const std::string& database() {
  static const std::string conninfo = PrivatePostgres::instance().new_database("recovery");
  return conninfo;
}

Params number(std::int64_t value) {
  return params_of(value);
}

struct Seen {
  std::atomic<int> connected{0}, lost{0};
  ClientEvents events() {
    return {.connected = [this] { ++connected; }, .lost = [this] { ++lost; }};
  }
};

bool comes_back(TestClient& client) {
  return eventually([&] { return client.client.connected() && client.run(echo, number(1)).ok(); });
}

}  // namespace

TEST_CASE("a terminated backend: what is in flight is away, and the client is back with its statements") {
  Seen seen;
  TestClient client({.conninfo = database(), .name = "terminated"}, seen.events());
  const auto pid = client.rows(backend_pid).int8(0, 0);
  auto slow = client.submit(sleep_seconds, params_of(4.0));
  auto behind = client.submit(echo, number(1));
  REQUIRE(eventually([&] {
    return run_sql(database(),
                   fmt::format("select 1 from pg_stat_activity where pid = {} and wait_event = 'PgSleep'", pid))
               .size() == 1;
  }));
  run_sql(database(), fmt::format("select pg_terminate_backend({})", pid));
  CHECK(get(slow).failure == Failure::away);
  CHECK(get(behind).failure == Failure::away);
  CHECK(comes_back(client));
  CHECK(client.rows(backend_pid).int8(0, 0) != pid);
  CHECK(seen.connected == 2);
  CHECK(seen.lost == 1);
  CHECK(client.metrics.text().find("epicura_pg_reconnects_total{client=\"terminated\"} 1") != std::string::npos);
}

TEST_CASE("kill -9 of a backend makes the server recover, and the client after it") {
  Seen seen;
  TestClient client({.conninfo = database(), .name = "killed"}, seen.events());
  for (int round = 0; round < 2; ++round) {
    const auto pid = static_cast<pid_t>(client.rows(backend_pid).int8(0, 0));
    REQUIRE(::kill(pid, SIGKILL) == 0);
    CHECK(eventually([&] { return seen.lost == round + 1; }));
    CHECK(comes_back(client));
  }
}

TEST_CASE("kill -9 of the whole server: away meanwhile, at once; back when it is back") {
  auto& server = PrivatePostgres::instance();
  TestClient client(database());
  REQUIRE(client.run(echo, number(1)).ok());
  server.kill();
  CHECK(eventually([&] { return !client.client.connected(); }));
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 100; ++i) CHECK(client.run(echo, number(i)).failure == Failure::away);
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(1));
  server.start();
  CHECK(comes_back(client));
}

TEST_CASE("a client that starts before its server waits for it") {
  auto& server = PrivatePostgres::instance();
  database();
  server.kill();
  observe::Metrics metrics;
  std::atomic<bool> connected{false};
  Client client({.conninfo = database(), .name = "early"}, {.connected = [&] { connected = true; }, .lost = {}},
                metrics);
  std::promise<Outcome> answer;
  client.execute(echo, number(1), [&](Outcome outcome) { answer.set_value(std::move(outcome)); });
  auto future = answer.get_future();
  CHECK(get(future).failure == Failure::away);
  server.start();
  CHECK(eventually([&] { return connected.load(); }));
  CHECK(metrics.text().find("epicura_pg_reconnects_total{client=\"early\"} 0") != std::string::npos);
}

TEST_CASE("a backend that stands still: what is due times out, the rest is away, the pipeline is free again") {
  TestClient client(
      {.conninfo = database(), .name = "still", .client_deadline = Millis(300), .server_deadline = Millis(200)});
  const auto pid = static_cast<pid_t>(client.rows(backend_pid).int8(0, 0));
  REQUIRE(::kill(pid, SIGSTOP) == 0);
  const auto began = std::chrono::steady_clock::now();
  auto first = client.submit(echo, number(1));
  std::this_thread::sleep_for(Millis(200));  // so that the second is not due when the first is given up
  auto second = client.submit(echo, number(2));
  CHECK(get(first).failure == Failure::timeout);
  const auto waited = std::chrono::steady_clock::now() - began;
  CHECK(waited >= Millis(300));
  CHECK(waited < Millis(1500));
  CHECK(get(second).failure == Failure::away);
  CHECK(comes_back(client));
  CHECK(::kill(pid, SIGCONT) == 0);
}

TEST_CASE(
    "a server that stands still and accepts only in the kernel: the attempt ends at its deadline, the next works") {
  auto& server = PrivatePostgres::instance();
  TestClient client({.conninfo = database(),
                     .name = "frozen",
                     .client_deadline = Millis(300),
                     .server_deadline = Millis(200),
                     .connect_deadline = Millis(300)});
  const auto pid = static_cast<pid_t>(client.rows(backend_pid).int8(0, 0));
  REQUIRE(::kill(server.pid(), SIGSTOP) == 0);
  REQUIRE(::kill(pid, SIGKILL) == 0);
  CHECK(eventually([&] { return !client.client.connected(); }));
  std::this_thread::sleep_for(Millis(1000));  // several attempts that nobody answers
  CHECK(client.run(echo, number(1)).failure == Failure::away);
  REQUIRE(::kill(server.pid(), SIGCONT) == 0);
  CHECK(comes_back(client));
}

TEST_CASE("a statement beyond the server's deadline is refused with 57014, its neighbours and the connection stay") {
  Seen seen;
  TestClient client({.conninfo = database(), .name = "slow", .server_deadline = Millis(100)}, seen.events());
  auto slow = client.submit(sleep_seconds, params_of(5.0));
  auto behind = client.submit(echo, number(7));
  const auto outcome = get(slow);
  CHECK(outcome.failure == Failure::refused);
  CHECK(outcome.sqlstate == "57014");
  CHECK_FALSE(is_data_fault(outcome));
  CHECK(get(behind).ok());
  CHECK(seen.lost == 0);
}

TEST_CASE("the address's own session options are kept beside ours") {
  constexpr Statement shown{"shown",
                            "select current_setting('work_mem'), current_setting('statement_timeout'), "
                            "current_setting('application_name')"};
  TestClient client(
      {.conninfo = database() + "&options=-c%20work_mem%3D7MB", .name = "kept", .server_deadline = Millis(1234)});
  const auto rows = client.rows(shown);
  CHECK(rows.text(0, 0) == "7MB");
  CHECK(rows.text(0, 1) == "1234ms");
  CHECK(rows.text(0, 2) == "kept");
}

}  // namespace epicura::pg
