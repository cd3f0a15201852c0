// The way of a mail through the whole program: a person signs up, finds the mail and follows its link; also when the
// program is killed, and NATS away, before the mail can be sent.

#include <doctest/doctest.h>

#include <sys/stat.h>

#include "schema/bounded_json.hpp"
#include "tests/fault/house.hpp"
#include "tests/http/raw_client.hpp"

using namespace epicura;
using namespace epicura::tests;

namespace {

const std::string password = "a password of the house";

std::string sign_up(const House& house, const std::string& email) {
  const auto answer = http_post(house.api("/auth/register"), dump_json({{"email", email}, {"password", password}}));
  REQUIRE_MESSAGE(answer.status == 201, answer.body);
  return parse_json(answer.body).value.at("access_token").get<std::string>();
}

// What stands behind "<purpose>=" in the last link that was printed; empty: there is none.
std::string link(const House& house, const std::string& purpose) {
  const auto printed = house.stack.log("epicura");
  const auto at = printed.rfind("/account#" + purpose + "=");
  if (at == std::string::npos) return {};
  const auto from = printed.find('=', at) + 1;
  return printed.substr(from, printed.find_first_of(" \n", from) - from);
}

std::string await_link(const House& house, const std::string& purpose) {
  const bool found = wait_until([&] { return !link(house, purpose).empty(); });
  REQUIRE_MESSAGE(found, house.database().value("select json_agg(jobs) from jobs"), '\n', house.stack.log("epicura"),
                  house.stack.log("nats"));
  return link(house, purpose);
}

bool is_verified(const House& house, const std::string& token) {
  return parse_json(http_get(house.api("/auth/me"), token).body).value.at("email_verified").get<bool>();
}

std::vector<std::filesystem::path> mails(const House& house) {
  const auto folder = house.stack.run_dir() / "mail";
  if (!std::filesystem::exists(folder)) return {};
  return {std::filesystem::directory_iterator(folder), {}};
}

}  // namespace

TEST_CASE("who signs up finds a mail whose link verifies the address") {
  House house;
  const auto token = sign_up(house, "ada@example.org");
  const auto text = await_link(house, "verify_email");
  REQUIRE(mails(house).size() == 1);
  struct stat facts {};
  REQUIRE(::stat(mails(house)[0].c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777U) == 0600U);
  CHECK_FALSE(is_verified(house, token));
  const auto page = http_get(house.stack.env("EPICURA_URL") + "/account");
  CHECK(page.status == 200);
  CHECK(page.headers.at("referrer-policy") == "no-referrer");
  CHECK(http_post(house.api("/auth/email/verify"), dump_json({{"token", text}})).status == 204);
  CHECK(is_verified(house, token));
  CHECK(http_get(house.operations("/metrics")).body.find("epicura_jobs_total{end=\"done\"}") != std::string::npos);
}

TEST_CASE("a mail that could not be sent before the program was killed is sent by the next") {
  House house;
  house.stack.kill("nats");
  sign_up(house, "ada@example.org");
  house.stack.kill("epicura");
  CHECK(mails(house).empty());
  house.stack.up();
  house.await_ready();
  const auto text = await_link(house, "verify_email");
  CHECK(http_post(house.api("/auth/email/verify"), dump_json({{"token", text}})).status == 204);
  REQUIRE(wait_until([&] { return house.database().value("select state from jobs where kind = 'mail'") == "done"; }));
  CHECK(mails(house).size() == 1);
}

TEST_CASE("a link names the public origin, whatever host the request was sent to") {
  House house;
  sign_up(house, "ada@example.org");
  const auto origin = house.stack.env("EPICURA_URL");
  http::test::RawClient client(static_cast<std::uint16_t>(std::stoi(origin.substr(origin.rfind(':') + 1))));
  const std::string body = R"({"email":"ada@example.org"})";
  client.send(
      "POST /auth/password/forgot HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\n"
      "Content-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body);
  const auto since = std::chrono::steady_clock::now();
  const auto asked = client.answer(10s);
  REQUIRE(asked);
  CHECK(asked->status == 202);
  // An address that nobody has is answered no sooner.
  CHECK(std::chrono::steady_clock::now() - since > 900ms);
  const auto before = std::chrono::steady_clock::now();
  CHECK(http_post(house.api("/auth/password/forgot"), R"({"email":"nobody@example.org"})").status == 202);
  CHECK(std::chrono::steady_clock::now() - before > 900ms);
  const auto text = await_link(house, "reset_password");
  CHECK(house.stack.log("epicura").find(origin + "/account#reset_password=" + text) != std::string::npos);
  CHECK(house.stack.log("epicura").find("evil.example") == std::string::npos);
  const auto fresh = dump_json({{"token", text}, {"password", "another long password"}});
  CHECK(http_post(house.api("/auth/password/reset"), fresh).status == 204);
  CHECK(http_post(house.api("/auth/login"), dump_json({{"email", "ada@example.org"}, {"password", password}})).status ==
        401);
}
