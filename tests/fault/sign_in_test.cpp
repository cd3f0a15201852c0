// Sessions of people over what happens to the house: a second node, a restart, PostgreSQL and nats-server away.

#include "schema/bounded_json.hpp"
#include "tests/fault/second_program.hpp"
#include "tests/http/raw_client.hpp"

#include <doctest/doctest.h>

using namespace epicura;
using namespace epicura::tests;

namespace {

const std::string password = "a password of the house";

std::string credentials(const std::string& email, const std::string& with = password) {
  return dump_json({{"email", email}, {"password", with}});
}

struct SignedIn {
  std::string access_token;
  std::string refresh_token;
  std::string as_body() const { return dump_json({{"refresh_token", refresh_token}}); }
};

SignedIn tokens_of(const HttpAnswer& answer) {
  const auto body = parse_json(answer.body).value;
  REQUIRE_MESSAGE(body.is_object(), "answered " << answer.status << " " << answer.body);
  REQUIRE_MESSAGE(body.contains("access_token"), "answered " << answer.status << " " << answer.body);
  return {body["access_token"].get<std::string>(), body["refresh_token"].get<std::string>()};
}

SignedIn sign_up(const House& house, const std::string& email) {
  return tokens_of(http_post(house.api("/auth/register"), credentials(email)));
}

long me(const std::string& url, const SignedIn& who) {
  return http_get(url, who.access_token).status;
}

}  // namespace

TEST_CASE("who signs out on one node is signed out on the other, and stays so after a restart") {
  House house;
  const SecondProgram other(house);
  REQUIRE(wait_until([&] { return other.is_ready(true); }));
  const auto phone = sign_up(house, "ada@example.org");
  const auto tablet = tokens_of(http_post(other.api("/auth/login"), credentials("ADA@example.org")));
  for (const auto& who : {phone, tablet}) {
    CHECK(me(house.api("/auth/me"), who) == 200);
    CHECK(me(other.api("/auth/me"), who) == 200);
  }
  CHECK(http_post(house.api("/auth/logout"), "", phone.access_token).status == 204);
  CHECK(me(house.api("/auth/me"), phone) == 401);
  CHECK(wait_until([&] { return me(other.api("/auth/me"), phone) == 401; }, 1s));
  CHECK(me(other.api("/auth/me"), tablet) == 200);
  CHECK(http_post(other.api("/auth/refresh"), phone.as_body()).status == 401);

  house.stack.restart("epicura");
  CHECK(me(house.api("/auth/me"), phone) == 401);
  CHECK(me(house.api("/auth/me"), tablet) == 200);
  CHECK(http_post(other.api("/auth/logout-all"), "", tablet.access_token).status == 204);
  CHECK(wait_until([&] { return me(house.api("/auth/me"), tablet) == 401; }, 1s));
}

TEST_CASE("a refresh token that two use ends the session on every node") {
  House house;
  const SecondProgram other(house);
  REQUIRE(wait_until([&] { return other.is_ready(true); }));
  const auto stolen = sign_up(house, "ada@example.org");
  const auto owner = tokens_of(http_post(house.api("/auth/refresh"), stolen.as_body()));
  const auto later = tokens_of(http_post(other.api("/auth/refresh"), owner.as_body()));
  CHECK(http_post(other.api("/auth/refresh"), stolen.as_body()).status == 401);  // the thief
  CHECK(http_post(house.api("/auth/refresh"), later.as_body()).status == 401);   // and the owner
  for (const auto& url : {house.api("/auth/me"), other.api("/auth/me")})
    CHECK(wait_until([&] { return me(url, later) == 401; }, 1s));
}

TEST_CASE("what nats-server was away for is known before the program is ready again") {
  House house;
  const SecondProgram other(house);
  REQUIRE(wait_until([&] { return other.is_ready(true); }));
  const auto who = sign_up(house, "ada@example.org");
  const auto another = sign_up(house, "bob@example.org");
  REQUIRE(me(other.api("/auth/me"), who) == 200);
  house.stack.kill("nats");
  REQUIRE(wait_until([&] { return !house.is_ready(); }));
  // Sessions end while nobody can be told. The other node knows that it may have missed some, and asks PostgreSQL.
  CHECK(http_post(house.api("/auth/logout"), "", who.access_token).status == 204);
  CHECK(me(house.api("/auth/me"), who) == 401);
  CHECK(wait_until([&] { return me(other.api("/auth/me"), who) == 401; }, 1s));
  CHECK(me(other.api("/auth/me"), another) == 200);
  house.stack.restart("nats");
  house.await_ready();
  REQUIRE(wait_until([&] { return other.is_ready(true); }));
  CHECK(me(other.api("/auth/me"), who) == 401);
  CHECK(me(other.api("/auth/me"), another) == 200);
}

TEST_CASE("without PostgreSQL nobody signs in, and who is signed in is told to come back") {
  House house;
  const auto who = sign_up(house, "ada@example.org");
  house.stack.kill("postgres");
  // Back ends outlive the postmaster for a moment, that of the API's connection too.
  REQUIRE(wait_until([&] { return me(house.api("/auth/me"), who) == 503; }));
  for (const auto& answer : {http_post(house.api("/auth/login"), credentials("ada@example.org")),
                             http_post(house.api("/auth/refresh"), who.as_body()),
                             http_post(house.api("/auth/logout"), "", who.access_token),
                             http_get(house.api("/auth/me"), who.access_token)}) {
    CHECK_MESSAGE(answer.status == 503, "answered " << answer.status << " " << answer.body);
    CHECK(answer.has("retry-after"));
  }
  house.stack.restart("postgres");
  house.await_ready();
  CHECK(me(house.api("/auth/me"), who) == 200);
  CHECK(http_post(house.api("/auth/refresh"), who.as_body()).status == 200);
  CHECK(http_post(house.api("/auth/login"), credentials("ada@example.org")).status == 200);
}

TEST_CASE("who hangs up while signing out is signed out all the same") {
  House house;
  const auto who = sign_up(house, "ada@example.org");
  auto watcher = house.database();
  // The session's row is held for a moment, so that the log-out is under way when its client goes.
  std::thread holder([&] {
    house.database().value(
        "with held as materialized (select id from token_families for update) "
        "select pg_sleep(0.6)::text from (select count(*) from held) as all_of_them");
  });
  const auto waits_for_the_row = [&](const std::string& what) {
    return watcher.value("select count(*) from pg_stat_activity where " + what) != "0";
  };
  REQUIRE(wait_until([&] { return waits_for_the_row("wait_event = 'PgSleep'"); }));
  const auto url = house.stack.env("EPICURA_URL");
  http::test::RawClient client(static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1))));
  client.send("POST /auth/logout HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer " + who.access_token +
              "\r\nContent-Length: 0\r\n\r\n");
  REQUIRE(wait_until([&] { return waits_for_the_row("wait_event_type = 'Lock'"); }));
  client.reset();
  holder.join();
  CHECK(wait_until([&] { return me(house.api("/auth/me"), who) == 401; }, 1s));  // before it would be read
  CHECK(http_post(house.api("/auth/refresh"), who.as_body()).status == 401);
}

TEST_CASE("what ended without a word is known within seconds") {
  House house;
  const auto who = sign_up(house, "ada@example.org");
  REQUIRE(me(house.api("/auth/me"), who) == 200);
  // As by a node that ended, or lost NATS, between its commit and its word.
  house.database().value("update token_families set ended_at = now(), end_reason = 'logout' returning 1");
  CHECK(wait_until([&] { return me(house.api("/auth/me"), who) == 401; }, 5s));
}

TEST_CASE("the right password signs in however many use it at once, while its hash is renewed") {
  House house;
  sign_up(house, "ada@example.org");
  house.database().value(
      "update users set password_hash = '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW' returning 1");
  std::vector<std::thread> people;
  std::atomic<int> in{0};
  for (int i = 0; i < 4; ++i)
    people.emplace_back([&] {
      if (http_post(house.api("/auth/login"), credentials("ada@example.org", "U*U")).status == 200) ++in;
    });
  for (auto& person : people) person.join();
  CHECK(in == 4);
}

TEST_CASE("a failed log-in takes its time, whether or not there is the account") {
  House house;
  sign_up(house, "ada@example.org");
  const auto took = [&](const std::string& email) {
    const auto begun = std::chrono::steady_clock::now();
    CHECK(http_post(house.api("/auth/login"), credentials(email, "not the password")).status == 401);
    return std::chrono::steady_clock::now() - begun;
  };
  CHECK(took("ada@example.org") >= 1000ms);
  CHECK(took("bob@example.org") >= 1000ms);
}
