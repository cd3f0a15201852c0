#include "http/parameter.hpp"

#include <doctest/doctest.h>

#include "http/target.hpp"

using namespace epicura::http;

namespace {

using Kind = Parameter::Kind;

constexpr std::string_view difficulties[] = {"easy", "medium", "hard"};
constexpr Parameter parameters[] = {
    {.name = "week_start", .kind = Kind::date_time},
    {.name = "owner_id", .kind = Kind::uuid},
    {.name = "difficulty", .kind = Kind::choice, .choices = difficulties},
    {.name = "limit", .kind = Kind::integer, .least = -1, .most = 100},
    {.name = "metric", .kind = Kind::metric, .repeatable = true},
    {.name = "q"},
};
const Route route{.method = Method::get,
                  .path = "/things",
                  .operation = Operation::get_health,
                  .name = "getThings",
                  .access = Access::anyone,
                  .query = parameters};

// The query as it was understood, or the first error.
std::string read(const std::string& query) {
  const auto got = read_query(query, route);
  if (!got) return "400 " + got.error().detail;
  if (!got->errors.empty()) return got->errors[0].pointer + " " + got->errors[0].code + ": " + got->errors[0].detail;
  std::string text;
  for (const auto& [name, value] : got->query) text.append(name).append("=").append(value).append(";");
  return text;
}

}  // namespace

TEST_CASE("names are read in snake case and in camel case, and are one parameter in both") {
  CHECK(read("week_start=2026-11-20T21:00:00Z") == "week_start=2026-11-20T21:00:00Z;");
  CHECK(read("weekStart=2026-11-20T21:00:00Z") == "week_start=2026-11-20T21:00:00Z;");
  CHECK(read("week_start=x&weekStart=x").starts_with("400 "));
  for (const char* other : {"weekstart", "WeekStart", "week_Start", "weekStart_", "week", "weekStarts", "week__start"})
    CHECK_MESSAGE(read(std::string(other) + "=x").find(" unknown: ") != std::string::npos, other);
}

TEST_CASE("values have types; choices and ids have one spelling behind") {
  CHECK(read("ownerId=0198C0DE-0000-7000-8000-00000000ABCD") == "owner_id=0198c0de-0000-7000-8000-00000000abcd;");
  CHECK(read("difficulty=Easy") == "difficulty=easy;");
  CHECK(read("difficulty=HARD") == "difficulty=hard;");
  CHECK(read("limit=-1&q=x") == "limit=-1;q=x;");
  CHECK(read("metric=a&metric=b.c") == "metric=a;metric=b.c;");
}

TEST_CASE("a bad value is told with what is legal") {
  CHECK(read("difficulty=harder") == "/query/difficulty bad_value: difficulty is one of easy, medium, hard");
  CHECK(read("limit=101") == "/query/limit bad_value: limit is a whole number from -1 to 100");
  for (const char* limit : {"", "-2", "1.5", "1e1", "0x1", "+1", "%201", "99999999999999999999"})
    CHECK_MESSAGE(read(std::string("limit=") + limit).starts_with("/query/limit bad_value"), limit);
  CHECK(read("weekStart=yesterday") == "/query/week_start bad_time: week_start is an RFC 3339 time");
  CHECK(read("owner_id=1") == "/query/owner_id bad_value: owner_id is a UUID");
  CHECK(read("metric=a..b").starts_with("/query/metric bad_metric"));
  CHECK(read("q=") == "/query/q bad_value: q is a text of 1 to 512 characters");
  CHECK(read("q=" + std::string(513, 'x')).starts_with("/query/q bad_value"));
  CHECK(read("a%2Fb~=1").starts_with("/query/a~1b~0 unknown: unknown query parameter; legal are week_start, owner_id"));
}
