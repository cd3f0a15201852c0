// A migration changes what a prepared statement gives, while it is in use.
#include <doctest/doctest.h>

#include "tests/pg/session.hpp"
#include "tests/pg/waiting.hpp"

namespace epicura::pg {

namespace {

constexpr Statement shape{"shape", "select * from shape where id = $1::bigint", Statement::Kind::point_read};
constexpr Statement shape_alone{"shape_alone", "select * from shape where id = $1::bigint"};
constexpr Statement insert{"insert", "insert into done (n) values ($1::bigint)"};
constexpr Statement unsupported{"unsupported", "select count(*) from shape for update"};

const std::string& database() {
  static const std::string conninfo = PrivatePostgres::instance().new_database("stale");
  run_sql(conninfo,
          "drop table if exists shape, done; create table shape (id bigint primary key, value bigint); "
          "insert into shape select n, n * 2 from generate_series(1, 100) n; create table done (n bigint)");
  return conninfo;
}

Params number(std::int64_t value) {
  return params_of(value);
}

}  // namespace

TEST_CASE("a statement whose columns a migration changed is prepared anew, and nobody notices") {
  const auto& conninfo = database();
  TestClient client(conninfo);
  Session migration(conninfo);
  std::atomic<int> answered{0}, failed{0}, wrong{0}, changed{0};
  int submitted = 0;
  const auto submit = [&] {
    const std::int64_t id = submitted % 100 + 1;
    client.client.execute(submitted % 3 == 0 ? shape_alone : shape, number(id), [&, id](const Outcome& outcome) {
      ++answered;
      if (!outcome.ok()) {
        ++failed;
      } else if (outcome.results.at(0).int8(0, 0) != id || outcome.results.at(0).int8(0, 1) != id * 2) {
        ++wrong;
      }
    });
    ++submitted;
  };
  for (int round = 0; round < 5; ++round) {
    std::thread migrates([&] {
      migration.ask("alter table shape add column c" + std::to_string(round) + " text");
      ++changed;
    });
    for (int after = 0; after < 300 && submitted < 200'000;) {
      if (submitted - answered < 500) submit();
      if (changed > round) ++after;
    }
    migrates.join();
    REQUIRE(eventually([&] { return answered == submitted; }));  // a unit meets one change, not two
  }
  CHECK(failed == 0);
  CHECK(wrong == 0);
  const auto text = client.metrics.text();
  CHECK(text.find("epicura_pg_repeats_total{client=\"test\"} 0") == std::string::npos);
  CHECK(text.find("epicura_pg_reconnects_total{client=\"test\"} 0") != std::string::npos);
}

TEST_CASE("a transaction with such a statement is done once, as a whole") {
  const auto& conninfo = database();
  TestClient client(conninfo);
  client.rows(shape_alone, number(1));
  Session migration(conninfo);
  migration.ask("alter table shape alter column value type text");
  auto future = client.submit({{&insert, number(1)}, {&shape_alone, number(7)}, {&insert, number(2)}});
  const auto outcome = get(future);
  REQUIRE(outcome.ok());
  CHECK(outcome.results.at(1).text(0, 1) == "14");
  CHECK(migration.ask("select count(*) from done") == "2");
}

TEST_CASE("what the server does not support fails, after one more attempt") {
  TestClient client(database());
  CHECK(client.run(unsupported).sqlstate == "0A000");
  CHECK(client.run(unsupported).sqlstate == "0A000");
  CHECK(client.rows(shape, number(1)).size() == 1);
}

}  // namespace epicura::pg
