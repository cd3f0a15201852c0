// Accounts and their sessions as the statements keep them, and what happens when two come at one moment.
#include "schema/pg/account_queries.hpp"

#include "tests/pg/migrated.hpp"

namespace epicura::pg {

namespace {

namespace q = queries;

constexpr std::int64_t day_s = 86'400;

const std::string& database() {
  static const std::string conninfo = migrated_database("accounts");
  return conninfo;
}

std::string hash_of(const std::string& name) {
  auto hash = name;
  hash.resize(32, '.');
  return hash;
}

Params create(const std::string& email, const Uuid& family, const std::string& refresh_hash) {
  return params_of(Uuid::v7(), std::string_view(email), std::string_view("Ada"), std::string_view("hash"), family,
                   std::string_view(refresh_hash), 30 * day_s, 90 * day_s, std::string_view("192.0.2.1"),
                   std::string_view("a phone"), std::string_view("the-request"));
}

Params rotate(const Uuid& family, const std::string& shown, const std::string& next) {
  const auto shown_hash = hash_of(shown);
  const auto next_hash = hash_of(next);
  return params_of(family, std::string_view(shown_hash), std::string_view(next_hash), 30 * day_s, std::int64_t{10},
                   std::string_view("the-request"), std::string_view("192.0.2.1"));
}

std::string outcome(const Rows& rows) {
  return rows.size() == 0 ? "none" : std::string(rows.text(0, 0));
}

}  // namespace

TEST_CASE("one address is one account, whoever comes first, in whatever case") {
  TestClient one(database());
  TestClient other(database());
  for (int i = 0; i < 50; ++i) {
    const auto lower = "ada" + std::to_string(i) + "@example.org";
    const auto upper = "ADA" + std::to_string(i) + "@Example.ORG";
    auto first = one.submit(q::create_user, create(lower, Uuid::v7(), hash_of("a")));
    auto second = other.submit(q::create_user, create(upper, Uuid::v7(), hash_of("b")));
    const auto made = get(first).results.at(0).size() + get(second).results.at(0).size();
    CHECK(made == 1);
    const auto found = one.rows(q::find_log_in, params_of(std::string_view(upper)));
    CHECK(found.text(0, 0) == lower);
    CHECK_FALSE(found.is_null(0, 1));
  }
  run_sql(database(),
          "do $$ begin assert (select count(*) from users) = (select count(*) from token_families); end $$");
}

TEST_CASE("two who refresh at one moment: one is first, the other gets a successor in its place") {
  TestClient one(database());
  TestClient other(database());
  const auto family = Uuid::v7();
  REQUIRE(one.rows(q::create_user, create("race@example.org", family, hash_of("0"))).size() == 1);
  std::string present = "0";
  for (int i = 1; i <= 200; ++i) {
    const auto left = "l" + std::to_string(i);
    const auto right = "r" + std::to_string(i);
    auto first = one.submit(q::rotate_refresh_token, rotate(family, present, left));
    auto second = other.submit(q::rotate_refresh_token, rotate(family, present, right));
    const auto of_left = outcome(get(first).results.at(0));
    const auto of_right = outcome(get(second).results.at(0));
    const bool left_first = of_left == "rotated";
    CHECK((left_first ? of_right : of_left) == "replaced");
    CHECK((left_first ? of_left : of_right) == "rotated");
    present = left_first ? right : left;  // the later one's successor stands
  }
  CHECK(outcome(one.rows(q::rotate_refresh_token, rotate(family, present, "last"))) == "rotated");
  CHECK(one.rows(q::is_family_alive, params_of(family)).boolean(0, 0));
}

TEST_CASE("an old token ends its family once, and what comes after finds it ended") {
  TestClient client(database());
  const auto family = Uuid::v7();
  REQUIRE(client.rows(q::create_user, create("reuse@example.org", family, hash_of("0"))).size() == 1);
  CHECK(outcome(client.rows(q::rotate_refresh_token, rotate(family, "0", "1"))) == "rotated");
  CHECK(outcome(client.rows(q::rotate_refresh_token, rotate(family, "1", "2"))) == "rotated");
  CHECK(outcome(client.rows(q::rotate_refresh_token, rotate(family, "0", "3"))) == "reused");
  CHECK(outcome(client.rows(q::rotate_refresh_token, rotate(family, "2", "3"))) == "ended");
  CHECK_FALSE(client.rows(q::is_family_alive, params_of(family)).boolean(0, 0));
  CHECK(outcome(client.rows(q::rotate_refresh_token, rotate(Uuid::v7(), "0", "1"))) == "none");
  bool listed = false;
  const auto ended = client.rows(q::families_ended_lately, params_of(std::int64_t{60}));
  for (int row = 0; row < ended.size(); ++row) listed = listed || ended.uuid(row, 0) == family;
  CHECK(listed);
}

TEST_CASE("a session begins only under the password that was proved") {
  TestClient client(database());
  const auto made = client.rows(q::create_user, create("begin@example.org", Uuid::v7(), hash_of("0")));
  const auto user = made.uuid(0, 0);
  const auto begin = [&](std::string_view proved) {
    const auto hash = hash_of("x");
    return client
        .rows(q::begin_family,
              params_of(user, proved, Uuid::v7(), std::string_view(hash), day_s, 90 * day_s,
                        std::string_view("192.0.2.1"), std::string_view("a phone"), std::string_view("the-request")))
        .size();
  };
  CHECK(begin("hash") == 1);
  CHECK(begin("another") == 0);
  CHECK(client.rows(q::replace_password_hash, params_of(user, std::string_view("hash"), std::string_view("newer")))
            .affected() == 1);
  CHECK(begin("hash") == 0);
  CHECK(begin("newer") == 1);
  run_sql(database(), "update users set disabled_at = now() where id = '" + user.str() + "'");
  CHECK(begin("newer") == 0);
  CHECK(client.rows(q::end_families_of_user, params_of(user)).size() == 3);
  CHECK(client.rows(q::end_families_of_user, params_of(user)).size() == 0);
}

TEST_CASE("a log-in that nobody has is one row all the same") {
  TestClient client(database());
  const auto found = client.rows(q::find_log_in, params_of(std::string_view("NOBODY@example.org")));
  REQUIRE(found.size() == 1);
  CHECK(found.text(0, 0) == "nobody@example.org");
  CHECK(found.is_null(0, 1));
}

TEST_CASE("it is known from which networks a user has signed in lately") {
  TestClient client(database());
  const auto family = Uuid::v7();
  const auto user = client.rows(q::create_user, create("from@example.org", family, hash_of("0"))).uuid(0, 0);
  const auto from = [&](std::string_view network) {
    return client.rows(q::has_signed_in_from, params_of(user, network)).boolean(0, 0);
  };
  CHECK(from("192.0.2.1/32"));
  CHECK_FALSE(from("192.0.2.2/32"));
  CHECK_FALSE(from("2001:db8::/64"));
  const auto move_to = [&](const std::string& what) {
    run_sql(database(), "update token_families set " + what + " where id = '" + family.str() + "'");
  };
  move_to("address = '2001:db8::5:1'");
  CHECK(from("2001:db8::/64"));
  CHECK_FALSE(from("2001:db8:0:1::/64"));
  move_to("address = ''");  // an operator's
  CHECK_FALSE(from("192.0.2.1/32"));
  move_to("address = '192.0.2.1', created_at = now() - interval '31 days'");
  CHECK_FALSE(from("192.0.2.1/32"));
}

}  // namespace epicura::pg
