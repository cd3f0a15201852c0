// Quotas of the whole program: over two nodes, with and without nats-server, and against a client that lies about where
// it is.

#include "tests/fault/second_program.hpp"
#include "tests/http/raw_client.hpp"

#include <doctest/doctest.h>

using namespace epicura;
using namespace epicura::tests;

namespace {

StackOptions with_quotas() {
  StackOptions options;
  options.environment = {{"EPICURA_QUOTA_USER_PER_MIN", "400"}, {"EPICURA_QUOTA_AUTH_PER_MIN", "5"}};
  return options;
}

int left(const HttpAnswer& answer) {
  REQUIRE_MESSAGE(answer.has("ratelimit-remaining"), "answered " << answer.status << " " << answer.body);
  return std::stoi(answer.headers.at("ratelimit-remaining"));
}

// How many are answered until one is refused.
int use_up(const std::string& url, const std::string& token) {
  for (int count = 0;; ++count) {
    const auto answer = http_get(url, token);
    if (answer.status != 429) continue;
    CHECK(answer.has("retry-after"));
    return count;
  }
}

}  // namespace

TEST_CASE("a client that goes to two nodes has one quota; without NATS it has one at each") {
  House house(with_quotas());
  const SecondProgram other(house);
  REQUIRE(wait_until([&] { return other.is_ready(true); }));
  const auto token = house.stack.env("EPICURA_ADMIN_TOKEN");
  for (int i = 0; i < 100; ++i) CHECK(http_get(house.api("/auth/me"), token).status == 200);
  int asked = 0;
  CHECK(wait_until([&] { return left(http_get(other.api("/auth/me"), token)) == 300 - ++asked; }, 2s));
  const int there = use_up(other.api("/auth/me"), token);
  CHECK(100 + asked + there == 400);
  CHECK(wait_until([&] { return http_get(house.api("/auth/me"), token).status == 429; }, 2s));
}

TEST_CASE("without NATS nothing is open: each node limits by itself") {
  House house(with_quotas());
  const SecondProgram other(house);
  REQUIRE(wait_until([&] { return other.is_ready(true); }));
  const auto token = house.stack.env("EPICURA_ADMIN_TOKEN");
  house.stack.kill("nats");
  CHECK(use_up(house.api("/auth/me"), token) == 400);
  CHECK(use_up(other.api("/auth/me"), token) == 400);
}

TEST_CASE("who says that he is somewhere else each time is counted where he is") {
  const House house(with_quotas());
  const auto url = house.stack.env("EPICURA_URL");
  const auto port = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
  for (int i = 1; i <= 8; ++i) {
    http::test::RawClient client(port);
    client.send("POST /auth/login HTTP/1.1\r\nHost: t\r\nX-Forwarded-For: 198.51.100." + std::to_string(i) +
                "\r\nContent-Length: 2\r\n\r\n{}");
    const auto answer = client.answer(10s);
    REQUIRE(answer);
    CHECK(answer->status == (i <= 5 ? 422 : 429));
    CHECK(answer->field("RateLimit-Limit") == "5");
  }
}
