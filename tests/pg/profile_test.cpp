// What people say of themselves, changed by two at one moment.
#include "schema/pg/profile_queries.hpp"

#include "tests/pg/migrated.hpp"

namespace epicura::pg {

namespace {

namespace q = queries;

Params change(const Uuid& user, std::string_view preferences, std::optional<std::string_view> state = {}) {
  return params_of(user, std::nullopt, std::nullopt, std::nullopt, preferences, state);
}

}  // namespace

TEST_CASE("of two changes at one moment none is lost; of two that ask for the same state one is refused") {
  const auto database = migrated_database("profile");
  TestClient one(database);
  TestClient other(database);
  const auto user = Uuid::v7();
  run_sql(database, "insert into users (id, email, name) values ('" + user.str() + "', 'ada@example.org', 'Ada')");
  for (int i = 0; i < 50; ++i) {
    const auto left = "{\"serving_size\": " + std::to_string(i) + "}";
    const auto right = "{\"language\": \"l" + std::to_string(i) + "\"}";
    auto first = one.submit(q::change_profile, change(user, left));
    auto second = other.submit(q::change_profile, change(user, right));
    REQUIRE(get(first).ok());
    REQUIRE(get(second).ok());
    const auto seen = one.rows(q::get_user_state, params_of(user));
    CHECK(seen.text(0, 7) ==
          "{\"language\": \"l" + std::to_string(i) + "\", \"serving_size\": " + std::to_string(i) + "}");

    const auto state = seen.text(0, 10);
    auto third = one.submit(q::change_profile, change(user, R"({"serving_size": 1000})", state));
    auto fourth = other.submit(q::change_profile, change(user, R"({"serving_size": 1001})", state));
    CHECK(get(third).results.at(0).size() + get(fourth).results.at(0).size() == 1);
  }
}

}  // namespace epicura::pg
