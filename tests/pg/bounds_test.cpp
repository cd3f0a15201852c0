// What may be under way at a time, and how much may come back.
#include <doctest/doctest.h>

#include "tests/pg/waiting.hpp"

namespace epicura::pg {

namespace {

constexpr Statement echo{"echo", "select $1::bigint"};
constexpr Statement length{"length", "select length($1::text)::bigint"};
constexpr Statement flood{"flood", "select repeat('x', 1000) from generate_series(1, $1::bigint)"};

const std::string& database() {
  static const std::string conninfo = PrivatePostgres::instance().new_database("bounds");
  return conninfo;
}

bool shows(TestClient& client, std::string_view line) {
  return client.metrics.text().find(line) != std::string::npos;
}

}  // namespace

TEST_CASE("parameters above the bound in bytes are away at once; when those before are answered there is room again") {
  TestClient client({.conninfo = database(), .name = "bytes", .max_in_flight_bytes = 1'000'000});
  const std::string large(300'000, 'x');
  auto slow = client.submit(sleep_seconds, params_of(0.3));
  std::vector<std::future<Outcome>> futures;
  futures.reserve(10);
  for (int i = 0; i < 10; ++i) futures.push_back(client.submit(length, params_of(large)));
  CHECK(eventually([&] { return shows(client, "epicura_pg_in_flight_bytes{client=\"bytes\"} 900008"); }));
  CHECK(shows(client, "epicura_pg_in_flight{client=\"bytes\"} 4"));
  for (std::size_t i = 0; i < 10; ++i) {
    const auto outcome = get(futures[i]);
    CHECK(outcome.ok() == (i < 3));
    if (i >= 3) CHECK(outcome.failure == Failure::away);
  }
  CHECK(get(slow).ok());
  CHECK(client.rows(length, params_of(large)).int8(0, 0) == 300'000);
  CHECK(eventually([&] { return shows(client, "epicura_pg_in_flight_bytes{client=\"bytes\"} 0"); }));
  CHECK(shows(client, "epicura_pg_in_flight{client=\"bytes\"} 0"));
}

TEST_CASE("a result above the bound is refused with 54000, before it fills the memory, and the client goes on") {
  TestClient client({.conninfo = database(), .name = "flood", .max_result_bytes = 4 << 20});
  CHECK(client.rows(flood, params_of(std::int64_t{2000})).size() == 2000);
  const auto outcome = client.run(flood, params_of(std::int64_t{3'000'000}));
  CHECK(outcome.failure == Failure::refused);
  CHECK(outcome.sqlstate == "54000");
  CHECK(outcome.results.empty());
  CHECK_FALSE(is_data_fault(outcome));
  CHECK(eventually([&] { return client.client.connected(); }));
  CHECK(client.rows(echo, params_of(std::int64_t{5})).int8(0, 0) == 5);
}

}  // namespace epicura::pg
