// Units of work on one connection: their order, their independence, their bounds.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "tests/pg/waiting.hpp"

namespace epicura::pg {

namespace {

constexpr Statement echo{"echo", "select $1::bigint"};
constexpr Statement divide{"divide", "select 1 / $1::bigint"};
constexpr Statement insert{"insert", "insert into t (n) values ($1::bigint)"};
constexpr Statement count{"count", "select count(*) from t"};
constexpr Statement broken{"broken", "select nothing from nowhere"};

const std::string& database() {
  static const std::string conninfo = [] {
    auto made = PrivatePostgres::instance().new_database("client");
    run_sql(made, "create table t (n bigint primary key)");
    return made;
  }();
  run_sql(conninfo, "truncate t");
  return conninfo;
}

Params number(std::int64_t value) {
  return params_of(value);
}

}  // namespace

TEST_CASE("answers come in the order of submission, each to its own") {
  TestClient client(ClientSettings{.conninfo = database(), .name = "order", .max_in_flight = 20'000});
  std::vector<std::int64_t> answers;
  std::promise<void> all;
  constexpr int units = 10'000;
  for (int i = 0; i < units; ++i) {
    client.client.execute(echo, number(i), [&](const Outcome& outcome) {
      answers.push_back(outcome.ok() ? outcome.results.at(0).int8(0, 0) : -1);
      if (answers.size() == units) all.set_value();
    });
  }
  REQUIRE(all.get_future().wait_for(patience) == std::future_status::ready);
  for (int i = 0; i < units; ++i) REQUIRE(answers[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("submissions from several threads and from callbacks are all answered once") {
  TestClient client(ClientSettings{.conninfo = database(), .name = "threads", .max_in_flight = 20'000});
  std::atomic<int> answered{0};
  const auto both = [&](std::int64_t value) {
    client.client.execute(echo, number(value), [&, value](const Outcome& outcome) {
      answered += outcome.ok() && outcome.results.at(0).int8(0, 0) == value ? 1 : 1000;
      client.client.execute(echo, number(-value), [&, value](const Outcome& again) {
        answered += again.ok() && again.results.at(0).int8(0, 0) == -value ? 1 : 1000;
      });
    });
  };
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 1000; ++i) both(t * 1000 + i);
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(eventually([&] { return answered >= 8000; }));
  CHECK(answered == 8000);
}

TEST_CASE("large parameters and large results under way at once do not dead-lock") {
  constexpr Statement large{"large", "select $1::text || $1::text"};
  TestClient client(database());
  const std::string megabyte(1 << 20, 'm');
  std::vector<std::future<Outcome>> futures;
  futures.reserve(40);
  for (int i = 0; i < 40; ++i) futures.push_back(client.submit(large, params_of(megabyte)));
  for (auto& future : futures) {
    const auto outcome = get(future);
    REQUIRE(outcome.ok());
    CHECK(outcome.results.at(0).text(0, 0).size() == 2 * megabyte.size());
  }
}

TEST_CASE("a fault of the data is told, and its neighbours do not notice") {
  TestClient client(database());
  auto before = client.submit(insert, number(1));
  auto faulty = client.submit(divide, number(0));
  auto between = client.submit(insert, number(2));
  auto twice = client.submit(insert, number(1));
  auto after = client.submit(insert, number(3));
  CHECK(get(before).results.at(0).affected() == 1);
  const auto fault = get(faulty);
  CHECK(fault.failure == Failure::refused);
  CHECK(fault.sqlstate == "22012");
  CHECK(fault.message == "division by zero");
  CHECK(fault.results.empty());
  CHECK(is_data_fault(fault));
  CHECK(get(between).ok());
  const auto unique = get(twice);
  CHECK(unique.sqlstate == "23505");
  CHECK(unique.constraint == "t_pkey");
  CHECK(is_data_fault(unique));
  CHECK(get(after).ok());
  CHECK(client.rows(count).int8(0, 0) == 3);
}

TEST_CASE("a transaction is done as a whole or not at all") {
  TestClient client(database());
  auto whole = client.submit({{&insert, number(1)}, {&insert, number(2)}, {&count, Params()}});
  const auto outcome = get(whole);
  REQUIRE(outcome.results.size() == 3);
  CHECK(outcome.results[0].affected() == 1);
  CHECK(outcome.results[2].int8(0, 0) == 2);

  auto fails = client.submit({{&insert, number(3)}, {&divide, number(0)}, {&insert, number(4)}});
  auto next = client.submit({{&insert, number(5)}});
  const auto failed = get(fails);
  CHECK(failed.sqlstate == "22012");
  CHECK(failed.results.empty());
  CHECK(get(next).ok());
  CHECK(client.rows(count).int8(0, 0) == 3);  // 1, 2 and 5
}

TEST_CASE("a statement that cannot be prepared fails with the reason, as often as it is tried, and works once it can") {
  constexpr Statement later{"later", "select n from made_later"};
  run_sql(database(), "drop table if exists made_later");
  TestClient client(database());
  auto first = client.submit(later);
  auto second = client.submit({{&insert, number(1)}, {&later, Params()}});
  auto neighbour = client.submit(echo, number(1));
  for (auto* future : {&first, &second}) {
    const auto outcome = get(*future);
    CHECK(outcome.failure == Failure::refused);
    CHECK(outcome.sqlstate == "42P01");
    CHECK_FALSE(is_data_fault(outcome));
  }
  CHECK(get(neighbour).ok());
  CHECK(client.rows(count).int8(0, 0) == 0);
  run_sql(database(), "create table made_later (n bigint)");
  CHECK(client.rows(later).size() == 0);
}

TEST_CASE("what is above the in-flight bound fails with away, and only that") {
  TestClient client(ClientSettings{.conninfo = database(), .name = "bound", .max_in_flight = 10});
  std::vector<std::future<Outcome>> futures;
  futures.push_back(client.submit(sleep_seconds, params_of(0.2)));
  for (int i = 1; i < 30; ++i) futures.push_back(client.submit(echo, number(i)));
  int done = 0, away = 0;
  for (auto& future : futures) {
    const auto outcome = get(future);
    done += outcome.ok() ? 1 : 0;
    away += outcome.failure == Failure::away ? 1 : 0;
  }
  CHECK(done >= 10);
  CHECK(away >= 10);
  CHECK(done + away == 30);
  CHECK(client.rows(echo, number(1)).int8(0, 0) == 1);
}

TEST_CASE("a callback that throws harms nobody else") {
  TestClient client(database());
  client.client.execute(echo, number(1), [](const Outcome&) { throw std::runtime_error("on purpose"); });
  CHECK(client.rows(echo, number(2)).int8(0, 0) == 2);
}

TEST_CASE("stop fails what is outstanding at once, and what comes after it") {
  TestClient client(database());
  auto slow = client.submit(sleep_seconds, params_of(4.0));
  std::vector<std::future<Outcome>> behind;
  behind.reserve(100);
  for (int i = 0; i < 100; ++i) behind.push_back(client.submit(echo, number(i)));
  std::atomic<bool> go_on{true};
  std::atomic<int> answered{0};
  int submitted = 0;
  std::thread busy([&] {
    while (go_on || submitted == 0) {
      ++submitted;
      client.client.execute(echo, number(1), [&](const Outcome&) { ++answered; });
      std::this_thread::yield();
    }
  });
  const auto began = std::chrono::steady_clock::now();
  client.client.stop();
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(2));
  go_on = false;
  busy.join();
  CHECK(answered == submitted);
  CHECK(get(slow).failure == Failure::away);
  for (auto& future : behind) CHECK(get(future).failure == Failure::away);
  CHECK_FALSE(client.client.connected());
  CHECK(client.run(echo, number(1)).failure == Failure::away);
  client.client.stop();
}

TEST_CASE("an idle client sleeps, and wakes at once") {
  TestClient client(ClientSettings{.conninfo = database(), .name = "idle"});
  CHECK(client.rows(echo, number(1)).int8(0, 0) == 1);
  const auto wakeups = [] {
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
      std::ifstream status(task.path() / "status");
      std::string line;
      bool ours = false;
      while (std::getline(status, line)) {
        ours |= line == "Name:\tpg-idle";
        if (ours && line.starts_with("voluntary_ctxt_switches:")) return line;
      }
    }
    return std::string("no such thread");
  };
  std::this_thread::sleep_for(Millis(50));  // until it sleeps
  const auto before = wakeups();
  CHECK(before != "no such thread");
  std::this_thread::sleep_for(Millis(300));
  CHECK(wakeups() == before);
  const auto began = std::chrono::steady_clock::now();
  CHECK(client.run(echo, number(2)).ok());
  CHECK(std::chrono::steady_clock::now() - began < Millis(250));
}

TEST_CASE("an address that cannot be read is refused without showing its password") {
  observe::Metrics metrics;
  try {
    const Client client({.conninfo = "postgresql://u:secret%zz@h/d", .name = "bad"}, {}, metrics);
    FAIL("it was accepted");
  } catch (const std::invalid_argument& error) {
    CHECK(std::string_view(error.what()).find("secret") == std::string_view::npos);
  }
}

TEST_CASE("units and failures are counted under the client's name") {
  TestClient client(ClientSettings{.conninfo = database(), .name = "counted"});
  client.run(echo, number(1));
  client.run(divide, number(0));
  client.run(broken);
  const auto text = client.metrics.text();
  const auto shows = [&](std::string_view line) { return text.find(line) != std::string::npos; };
  INFO(text);
  CHECK(shows("epicura_pg_connected{client=\"counted\"} 1"));
  CHECK(shows("epicura_pg_units_total{client=\"counted\"} 3"));
  CHECK(shows("epicura_pg_failures_total{client=\"counted\",kind=\"refused\"} 2"));
  CHECK(shows("epicura_pg_failures_total{client=\"counted\",kind=\"away\"} 0"));
  CHECK(shows("epicura_pg_reconnects_total{client=\"counted\"} 0"));
  CHECK(shows("epicura_pg_in_flight{client=\"counted\"}"));
  CHECK(shows("epicura_pg_statements_total{client=\"counted\",outcome=\"ok\",statement=\"echo\"} 1"));
  CHECK(shows("epicura_pg_statements_total{client=\"counted\",outcome=\"refused\",statement=\"divide\"} 1"));
  CHECK(shows("epicura_pg_statements_total{client=\"counted\",outcome=\"ok\",statement=\"divide\"} 0"));
  CHECK(shows("epicura_pg_statement_seconds_count{client=\"counted\",statement=\"echo\"} 1"));
  CHECK(shows("epicura_pg_statement_seconds_bucket{client=\"counted\",statement=\"echo\",le=\"10\"} 1"));
}

}  // namespace epicura::pg
