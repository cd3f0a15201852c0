// Deadlines, and what a slow unit means for those behind it.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include <csignal>

#include "tests/pg/half_open.hpp"
#include "tests/pg/session.hpp"
#include "tests/pg/waiting.hpp"

namespace epicura::pg {

namespace {

using Steady = std::chrono::steady_clock;

constexpr Statement echo{"echo", "select $1::bigint"};
constexpr Statement point{"point", "select $1::bigint", Statement::Kind::point_read};
constexpr Statement insert{"insert", "insert into t (n) values ($1::bigint)"};
constexpr Statement touch{"touch", "update t set n = n where n = $1::bigint"};

const std::string& database() {
  static const std::string conninfo = [] {
    auto made = PrivatePostgres::instance().new_database("deadline");
    run_sql(made, "create table t (n bigint primary key)");
    return made;
  }();
  run_sql(conninfo, "truncate t; insert into t values (0)");
  return conninfo;
}

Params number(std::int64_t value) {
  return params_of(value);
}

Millis since(Steady::time_point begin) {
  return std::chrono::duration_cast<Millis>(Steady::now() - begin);
}

bool in_pg_sleep(Session& watcher, std::int64_t pid) {
  return eventually([&] {
    return !watcher.ask(fmt::format("select 1 from pg_stat_activity where pid = {} and wait_event = 'PgSleep'", pid))
                .empty();
  });
}

// Small units, each of which must be answered with its own number, in their order.
class Numbers {
 public:
  explicit Numbers(TestClient& client, const Statement& statement = echo) : client_(client), statement_(statement) {}

  void submit(int count) {
    for (int i = 0; i < count; ++i) {
      client_.client.execute(statement_, number(submitted_++), [this](const Outcome& outcome) {
        const std::int64_t expected = answered_++;
        if (!outcome.ok()) {
          ++failed_;
        } else if (outcome.results.at(0).int8(0, 0) != expected) {
          ++wrong_;
        }
      });
    }
  }
  bool all_right() {
    return eventually([this] { return answered_ == submitted_; }) && failed_ == 0 && wrong_ == 0;
  }

 private:
  TestClient& client_;
  const Statement& statement_;
  std::int64_t submitted_ = 0;
  std::atomic<std::int64_t> answered_{0}, failed_{0}, wrong_{0};
};

}  // namespace

TEST_CASE("a lock held by somebody else: 57014 at the server's deadline, and no longer do those behind it wait") {
  TestClient client(
      {.conninfo = database(), .name = "locked", .client_deadline = Millis(2000), .server_deadline = Millis(300)});
  Session holder(database());
  holder.ask("begin; update t set n = n where n = 0");
  const auto begin = Steady::now();
  auto locked = client.submit(touch, number(0));
  Numbers behind(client), points(client, point);
  behind.submit(200);
  points.submit(200);
  CHECK(behind.all_right());
  CHECK(points.all_right());
  CHECK(since(begin) >= Millis(300));
  CHECK(since(begin) < Millis(1500));
  CHECK(get(locked).sqlstate == "57014");
  CHECK(client.metrics.text().find("epicura_pg_reconnects_total{client=\"locked\"} 0") != std::string::npos);
}

TEST_CASE("a lock that is waited for longer than the deadline for locks: 55P03") {
  TestClient client({.conninfo = database(), .name = "impatient", .lock_deadline = Millis(100)});
  Session holder(database());
  holder.ask("begin; update t set n = n where n = 0");
  const auto begin = Steady::now();
  CHECK(client.run(touch, number(0)).sqlstate == "55P03");
  CHECK(since(begin) < Millis(1500));
}

TEST_CASE("slow units together beyond the client's deadline: each is answered in time, and reads behind them succeed") {
  TestClient client(
      {.conninfo = database(), .name = "crowd", .client_deadline = Millis(1400), .server_deadline = Millis(1000)});
  const auto begin = Steady::now();
  std::vector<std::future<Outcome>> slow;
  slow.reserve(8);
  for (int i = 0; i < 8; ++i) slow.push_back(client.submit(sleep_seconds, params_of(0.6)));
  CHECK(get(slow[0]).ok());
  CHECK(since(begin) < Millis(1100));
  auto write = client.submit(insert, number(1));
  Numbers points(client, point);
  points.submit(300);
  CHECK(get(slow[1]).ok());
  for (std::size_t i = 2; i < slow.size(); ++i) CHECK(get(slow[i]).failure == Failure::timeout);
  CHECK(since(begin) >= Millis(1400));
  CHECK(since(begin) < Millis(1900));
  CHECK(points.all_right());  // due at 2000 ms
  CHECK(get(write).failure == Failure::away);
  Numbers later(client);
  later.submit(500);
  CHECK(later.all_right());
}

TEST_CASE("a statement on a connection that was given up ends by itself, and what stands behind it is not executed") {
  TestClient client(
      {.conninfo = database(), .name = "orphan", .client_deadline = Millis(300), .server_deadline = Millis(60'000)});
  const auto pid = client.rows(backend_pid).int8(0, 0);
  Session watcher(database());
  auto sleeper = client.submit(sleep_seconds, params_of(30.0));
  REQUIRE(in_pg_sleep(watcher, pid));
  std::vector<std::future<Outcome>> writes;
  writes.reserve(600);
  for (int i = 1; i <= 600; ++i) writes.push_back(client.submit(insert, number(i)));
  CHECK(get(sleeper).failure == Failure::timeout);
  for (auto& write : writes) CHECK(get(write).failure == Failure::timeout);
  const auto gone = [&] {
    return watcher.ask(fmt::format("select 1 from pg_stat_activity where pid = {}", pid)).empty();
  };
  CHECK(eventually(gone, std::chrono::seconds(5)));
  CHECK(watcher.ask("select count(*) from t where n > 0") == "0");
  CHECK(eventually([&] { return client.client.connected() && client.run(echo, number(1)).ok(); }));
}

TEST_CASE("a backend that is stopped in mid-pipeline: its units time out, and reads are answered by another") {
  TestClient client(
      {.conninfo = database(), .name = "stopped", .client_deadline = Millis(1000), .server_deadline = Millis(600)});
  const auto pid = static_cast<pid_t>(client.rows(backend_pid).int8(0, 0));
  Numbers before(client);
  before.submit(1000);
  REQUIRE(before.all_right());
  REQUIRE(::kill(pid, SIGSTOP) == 0);
  auto first = client.submit(echo, number(1));
  std::this_thread::sleep_for(Millis(600));  // so that what follows is not due with the first
  Numbers points(client, point);
  points.submit(400);
  auto write = client.submit(insert, number(1));
  CHECK(get(first).failure == Failure::timeout);
  CHECK(points.all_right());
  CHECK(get(write).ok());  // it was behind what may be sent ahead: not sent yet
  CHECK(::kill(pid, SIGCONT) == 0);
  Numbers later(client);
  later.submit(500);
  CHECK(later.all_right());
}

TEST_CASE("a network that carries nothing any more: time-outs, then a connection past it") {
  auto& server = PrivatePostgres::instance();
  database();
  HalfOpen network(server.port());
  TestClient client(
      {.conninfo = fmt::format("postgresql://epicura@127.0.0.1:{}/deadline?sslmode=disable", network.port()),
       .name = "half-open",
       .client_deadline = Millis(400),
       .server_deadline = Millis(200),
       .connect_deadline = Millis(300)});
  for (const bool new_ones_too : {false, true}) {
    Numbers before(client);
    before.submit(1000);
    REQUIRE(before.all_right());
    network.carry_new(!new_ones_too);
    network.freeze();
    std::this_thread::sleep_for(Millis(50));
    const auto begin = Steady::now();
    std::vector<std::future<Outcome>> lost;
    lost.reserve(500);
    for (int i = 0; i < 500; ++i) lost.push_back(client.submit(i % 2 == 0 ? echo : point, number(i)));
    for (auto& unit : lost) CHECK(get(unit).failure == Failure::timeout);
    CHECK(since(begin) < Millis(1000));
    if (new_ones_too) {  // while there is no way at all, nobody waits
      REQUIRE(eventually([&] { return client.run(echo, number(1)).failure == Failure::away; }));
      std::this_thread::sleep_for(Millis(300));
      const auto asked = Steady::now();
      CHECK(client.run(echo, number(1)).failure == Failure::away);
      CHECK(since(asked) < Millis(100));
      network.carry_new(true);
    }
    REQUIRE(eventually([&] { return client.client.connected() && client.run(echo, number(1)).ok(); }));
    Numbers later(client);
    later.submit(500);
    CHECK(later.all_right());
  }
}

TEST_CASE("kill -9 of the backend in mid-pipeline: each unit is answered once, and none with another's answer") {
  TestClient client({.conninfo = database(), .name = "mid-pipeline", .max_in_flight = 50'000});
  std::atomic<int> answered{0}, wrong{0}, ok{0};
  int submitted = 0;
  for (int round = 0; round < 3; ++round) {
    const auto pid = static_cast<pid_t>(client.rows(backend_pid).int8(0, 0));
    for (int i = 0; i < 6000; ++i, ++submitted) {
      client.client.execute(i % 3 == 0 ? echo : point, number(submitted), [&, submitted](const Outcome& outcome) {
        ++answered;
        if (outcome.ok()) ++ok;
        if (outcome.ok() && outcome.results.at(0).int8(0, 0) != submitted) ++wrong;
        if (outcome.failure == Failure::refused) ++wrong;
      });
      if (i == 3000) REQUIRE(::kill(pid, SIGKILL) == 0);
    }
    CHECK(eventually([&] { return answered == submitted; }));
    REQUIRE(eventually([&] { return client.client.connected() && client.run(echo, number(1)).ok(); }));
  }
  CHECK(answered == submitted);
  CHECK(wrong == 0);
  CHECK(ok < submitted);
  Numbers later(client);
  later.submit(500);
  CHECK(later.all_right());
}

TEST_CASE("a terminated backend: reads and what was not sent are answered over the next connection") {
  TestClient client(database());
  const auto pid = client.rows(backend_pid).int8(0, 0);
  Session watcher(database());
  auto sleeper = client.submit(sleep_seconds, params_of(4.0));
  REQUIRE(in_pg_sleep(watcher, pid));
  Numbers points(client, point);
  points.submit(300);
  auto unsent = client.submit(insert, number(1));
  std::this_thread::sleep_for(Millis(20));
  watcher.ask(fmt::format("select pg_terminate_backend({})", pid));
  CHECK(get(sleeper).failure == Failure::away);
  CHECK(points.all_right());
  CHECK(get(unsent).ok());
  CHECK(watcher.ask("select count(*) from t where n = 1") == "1");
}

}  // namespace epicura::pg
