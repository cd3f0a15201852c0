// Point reads that share a transaction: each is answered for itself.
#include <doctest/doctest.h>

#include <set>

#include "tests/pg/session.hpp"
#include "tests/pg/waiting.hpp"

namespace epicura::pg {

namespace {

constexpr auto point_read = Statement::Kind::point_read;
constexpr Statement divide{"divide", "select 1000 / $1::bigint", point_read};
constexpr Statement begun{"begun", "select (extract(epoch from now()) * 1000000)::bigint", point_read};
constexpr Statement begun_alone{"begun_alone", "select (extract(epoch from now()) * 1000000)::bigint"};
constexpr Statement nowhere{"nowhere", "select n from nowhere where n = $1::bigint", point_read};
constexpr Statement insert{"insert", "insert into t (n) values ($1::bigint)"};
constexpr Statement present{"present", "select count(*) from t where n = $1::bigint", point_read};

const std::string& database() {
  static const std::string conninfo = [] {
    auto made = PrivatePostgres::instance().new_database("shared");
    run_sql(made, "create table t (n bigint primary key)");
    return made;
  }();
  run_sql(conninfo, "truncate t");
  return conninfo;
}

Params number(std::int64_t value) {
  return params_of(value);
}

// Submits on the client's own thread, so that all of them are taken together.
template <class Submit>
void together(TestClient& client, Submit submit) {
  std::promise<void> done;
  client.client.execute(begun_alone, {}, [&](const Outcome&) {
    submit();
    done.set_value();
  });
  REQUIRE(done.get_future().wait_for(patience) == std::future_status::ready);
}

// In how many transactions a hundred units of the statement are executed.
std::size_t transactions(TestClient& client, const Statement& statement) {
  std::vector<std::future<Outcome>> futures;
  together(client, [&] {
    for (int i = 0; i < 100; ++i) futures.push_back(client.submit(statement));
  });
  std::set<std::int64_t> times;
  for (auto& future : futures) times.insert(get(future).results.at(0).int8(0, 0));
  return times.size();
}

}  // namespace

TEST_CASE("neighbours that are point reads share a transaction, others do not") {
  TestClient client(database());
  client.rows(begun);
  CHECK(transactions(client, begun) <= 5);         // 4 of at most 32
  CHECK(transactions(client, begun_alone) >= 50);  // two may begin in the same microsecond
}

TEST_CASE("a point read that fails does so alone, wherever it stands among others") {
  TestClient client(database());
  for (const int every : {1, 2, 7, 100}) {
    std::vector<std::future<Outcome>> futures;
    together(client, [&] {
      for (int i = 0; i < 200; ++i) futures.push_back(client.submit(divide, number(i % every == 0 ? 0 : i)));
    });
    for (int i = 0; i < 200; ++i) {
      const auto outcome = get(futures[static_cast<std::size_t>(i)]);
      if (i % every == 0) {
        CHECK(outcome.sqlstate == "22012");
        CHECK(outcome.results.empty());
      } else {
        REQUIRE(outcome.ok());
        CHECK(outcome.results.at(0).int8(0, 0) == 1000 / i);
      }
    }
  }
}

TEST_CASE("units of several point reads fail as wholes") {
  TestClient client(database());
  std::vector<std::future<Outcome>> futures;
  together(client, [&] {
    for (int i = 0; i < 60; ++i) {
      futures.push_back(
          client.submit({{&divide, number(i + 1)}, {&divide, number(i % 5 == 0 ? 0 : 10)}, {&divide, number(100)}}));
    }
  });
  for (int i = 0; i < 60; ++i) {
    const auto outcome = get(futures[static_cast<std::size_t>(i)]);
    if (i % 5 == 0) {
      CHECK(outcome.sqlstate == "22012");
      CHECK(outcome.results.empty());
    } else {
      REQUIRE(outcome.results.size() == 3);
      CHECK(outcome.results[0].int8(0, 0) == 1000 / (i + 1));
      CHECK(outcome.results[2].int8(0, 0) == 10);
    }
  }
}

TEST_CASE("one that cannot be prepared tells why, and its neighbours do not notice") {
  TestClient client(database());
  std::vector<std::future<Outcome>> futures;
  together(client, [&] {
    for (int i = 1; i <= 100; ++i) futures.push_back(client.submit(i % 3 == 0 ? nowhere : divide, number(i)));
  });
  for (int i = 1; i <= 100; ++i) {
    const auto outcome = get(futures[static_cast<std::size_t>(i - 1)]);
    if (i % 3 == 0) {
      CHECK(outcome.sqlstate == "42P01");
    } else {
      REQUIRE(outcome.ok());
      CHECK(outcome.results.at(0).int8(0, 0) == 1000 / i);
    }
  }
}

TEST_CASE("a write between point reads is a transaction of its own: seen behind it, not undone by them") {
  const auto& conninfo = database();
  TestClient client(conninfo);
  std::vector<std::future<Outcome>> before, writes, behind;
  together(client, [&] {
    for (int i = 0; i < 50; ++i) {
      before.push_back(client.submit(present, number(i)));
      writes.push_back(client.submit(insert, number(i)));
      behind.push_back(client.submit(present, number(i)));
      client.submit(divide, number(0));
    }
  });
  for (std::size_t i = 0; i < 50; ++i) {
    CHECK(get(writes[i]).ok());
    CHECK(get(behind[i]).results.at(0).int8(0, 0) == 1);
    CHECK(get(before[i]).ok());  // behind the failing one of the round before it, it may come later than its write
  }
  CHECK(Session(conninfo).ask("select count(*) from t") == "50");
}

}  // namespace epicura::pg
