// Each kind of parameter goes to the server and comes back as the same value.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "tests/pg/waiting.hpp"

namespace epicura::pg {

namespace {

const std::string& database() {
  static const std::string conninfo = PrivatePostgres::instance().new_database("params");
  return conninfo;
}

const Uuid id_a = *Uuid::parse("0190aaaa-bbbb-7ccc-8ddd-eeeeffff0001");
const Uuid id_b = *Uuid::parse("ffffffff-ffff-ffff-ffff-ffffffffffff");

}  // namespace

TEST_CASE("each scalar comes back") {
  static constexpr Statement echo{
      "echo_scalars",
      "select $1::text, $2::uuid, $3::timestamptz, $4::bigint, $5::integer::bigint, $6::double precision, $7::boolean"};
  TestClient client(database());
  const auto ts = *parse_rfc3339("2026-11-20T21:05:00.123Z");
  for (const auto& text : {std::string(), std::string("grüße 🍲"), std::string(300'000, 'x')}) {
    const auto rows = client.rows(
        echo, Params().add(text).add(id_a).add(ts).add(std::int64_t{-5}).add(std::int32_t{-7}).add(1.5).add(true));
    CHECK(rows.size() == 1);
    CHECK(rows.text(0, 0) == text);
    CHECK(rows.uuid(0, 1) == id_a);
    CHECK(rows.timestamp(0, 2) == ts);
    CHECK(rows.int8(0, 3) == -5);
    CHECK(rows.int8(0, 4) == -7);
    CHECK(rows.float8(0, 5) == 1.5);
    CHECK(rows.boolean(0, 6));
  }
}

TEST_CASE("each absent scalar is a null, and a null is not read as a value") {
  static constexpr Statement echo{
      "echo_nulls",
      "select $1::text, $2::uuid, $3::timestamptz, $4::bigint, $5::integer::bigint, $6::double precision, $7::boolean"};
  TestClient client(database());
  const auto rows = client.rows(echo, Params()
                                          .add(std::optional<std::string_view>())
                                          .add(std::optional<Uuid>())
                                          .add(std::optional<Timestamp>())
                                          .add(std::optional<std::int64_t>())
                                          .add(std::optional<std::int32_t>())
                                          .null()
                                          .null());
  for (int column = 0; column < 7; ++column) CHECK(rows.is_null(0, column));
  CHECK_FALSE(rows.text_or_null(0, 0));
  CHECK_FALSE(rows.uuid_or_null(0, 1));
  CHECK_FALSE(rows.timestamp_or_null(0, 2));
  CHECK_THROWS_AS(rows.text(0, 0), std::logic_error);
  CHECK_THROWS_AS(rows.int8(0, 3), std::logic_error);
  CHECK_THROWS_AS(rows.int8(1, 3), std::logic_error);
  CHECK_THROWS_AS(rows.int8(0, 7), std::logic_error);
}

TEST_CASE("a column read as another type is a fault, not a wrong value") {
  static constexpr Statement echo{"echo_int4", "select 1::integer, 2::bigint"};
  TestClient client(database());
  const auto rows = client.rows(echo);
  CHECK_THROWS_AS(rows.int8(0, 0), std::logic_error);
  CHECK_THROWS_AS(rows.uuid(0, 1), std::logic_error);
}

TEST_CASE("numbers and times at their bounds come back") {
  static constexpr Statement echo{"echo_bounds", "select $1::bigint, $2::double precision, $3::timestamptz"};
  TestClient client(database());
  using Limits = std::numeric_limits<std::int64_t>;
  const auto check = [&](std::int64_t number, double real, const char* time) {
    const auto ts = *parse_rfc3339(time);
    const auto rows = client.rows(echo, Params().add(number).add(real).add(ts));
    CHECK(rows.int8(0, 0) == number);
    CHECK(std::bit_cast<std::uint64_t>(rows.float8(0, 1)) == std::bit_cast<std::uint64_t>(real));
    CHECK(rows.timestamp(0, 2) == ts);
  };
  check(Limits::min(), -0.0, "0001-01-01T00:00:00Z");
  check(Limits::max(), std::numeric_limits<double>::denorm_min(), "9999-12-31T23:59:59.999Z");
  check(0, std::numeric_limits<double>::max(), "1999-12-31T23:59:59.999Z");
}

TEST_CASE("a time beyond what the server keeps is its data's fault, never infinity") {
  static constexpr Statement echo{"echo_time", "select $1::timestamptz"};
  TestClient client(database());
  for (const auto time : {Timestamp::max(), Timestamp::min()}) {
    const auto outcome = client.run(echo, Params().add(time));
    CHECK(outcome.sqlstate == "22008");
    CHECK(is_data_fault(outcome));
  }
}

TEST_CASE("a time between two milliseconds is cut, also before 2000 and 1970") {
  static constexpr Statement times{
      "fine_times", "select timestamptz '2026-11-20 21:05:00.123999Z', timestamptz '1969-12-31 23:59:59.999999Z'"};
  TestClient client(database());
  const auto rows = client.rows(times);
  CHECK(format_rfc3339(rows.timestamp(0, 0)) == "2026-11-20T21:05:00.123Z");
  CHECK(format_rfc3339(rows.timestamp(0, 1)) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("each kind of array comes back, its nulls in their places") {
  static constexpr Statement echo{"echo_arrays",
                                  "select * from unnest($1::uuid[], $2::timestamptz[], $3::bigint[], $4::double "
                                  "precision[], $5::text[], $6::text[], "
                                  "$7::uuid[])"};
  TestClient client(database());
  const std::vector<Uuid> ids{id_a, id_b};
  const std::vector<Timestamp> times{Timestamp(Millis(1)), Timestamp(Millis(-1))};
  const std::vector<std::int64_t> numbers{7, -1};
  const std::vector<double> reals{0.1, -2e300};
  const std::vector<std::string_view> texts{"", "a,\"{}\\ü"};
  const std::vector<std::optional<std::string_view>> units{std::nullopt, "C"};
  const std::vector<std::optional<Uuid>> sessions{id_b, std::nullopt};
  const auto rows = client.rows(echo, Params()
                                          .add(std::span(ids))
                                          .add(std::span(times))
                                          .add(std::span(numbers))
                                          .add(std::span(reals))
                                          .add(std::span(texts))
                                          .add(std::span(units))
                                          .add(std::span(sessions)));
  REQUIRE(rows.size() == 2);
  for (int i = 0; i < 2; ++i) {
    const auto at = static_cast<std::size_t>(i);
    CHECK(rows.uuid(i, 0) == ids[at]);
    CHECK(rows.timestamp(i, 1) == times[at]);
    CHECK(rows.int8(i, 2) == numbers[at]);
    CHECK(rows.float8(i, 3) == reals[at]);
    CHECK(rows.text(i, 4) == texts[at]);
    CHECK(rows.text_or_null(i, 5) == units[at]);
    CHECK(rows.uuid_or_null(i, 6) == sessions[at]);
  }
}

TEST_CASE("empty and absent arrays differ") {
  static constexpr Statement echo{"echo_empty",
                                  "select cardinality($1::uuid[])::bigint, cardinality($2::text[])::bigint"};
  TestClient client(database());
  const auto rows = client.rows(echo, Params().add(std::span<const Uuid>()).null());
  CHECK(rows.int8(0, 0) == 0);
  CHECK(rows.is_null(0, 1));
}

TEST_CASE("text that the server cannot keep is its data's fault") {
  static constexpr Statement echo{"echo_text", "select $1::text"};
  TestClient client(database());
  for (const auto text : {std::string_view("a\0b", 3), std::string_view("\xff\xfe")}) {
    const auto outcome = client.run(echo, Params().add(text));
    CHECK(outcome.sqlstate == "22021");
    CHECK(is_data_fault(outcome));
  }
  CHECK(client.rows(echo, Params().add("still here")).text(0, 0) == "still here");
}

}  // namespace epicura::pg
