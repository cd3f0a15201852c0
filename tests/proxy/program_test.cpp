// The whole program behind the shipped nginx: from a registration to a stored reading and back, and what must not be
// reachable.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "tests/http/raw_client.hpp"
#include "tests/proxy/nginx.hpp"
#include "tests/proxy/tls_client.hpp"
#include "tests/stack/stack.hpp"

using namespace epicura::proxy::test;
using epicura::tests::Stack;
using nlohmann::json;

namespace {

std::uint16_t port_of(const std::string& url) {
  return static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
}

std::string bearer(const std::string& token) {
  return "Authorization: Bearer " + token + "\r\n";
}

}  // namespace

TEST_CASE("the program behind nginx") {
  // 127.0.0.1 is nginx's address, as it would be where both run on one machine.
  Stack stack({.servers = {}, .environment = {{"EPICURA_TRUSTED_PROXIES", "127.0.0.1"}}});
  const Nginx nginx(port_of(stack.env("EPICURA_URL")));
  TlsClient client(nginx.port());

  const auto registered = client.ask(
      post("/api/v1/devices/register", R"({"device_id":"0198C0DE-0000-7000-8000-00000000ABCD","firmware_version":"1"})",
           "Content-Type: application/json\r\n"));
  REQUIRE(registered);
  REQUIRE_MESSAGE(registered->status == 201, registered->body);
  const auto token = json::parse(registered->body).value("device_token", "");
  const std::string device = "/api/v1/devices/0198c0de-0000-7000-8000-00000000abcd";

  // As many readings as a body may have, which is more than nginx keeps in memory.
  json readings = json::array();
  const auto now =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  for (int seq = 0; seq < 1000; ++seq)
    readings.push_back(
        {{"metric", "temperature"}, {"value", seq}, {"ts", now}, {"seq", seq}, {"unit", std::string(32, 'C')}});
  const auto stored = client.ask(post(device + "/telemetry", json{{"readings", readings}}.dump(),
                                      "Content-Type: application/json\r\nX-Request-Id: thousand\r\n" + bearer(token)));
  REQUIRE(stored);
  CHECK_MESSAGE(stored->status == 202, stored->body);
  CHECK(stored->field("X-Client-Request-Id") == "thousand");
  CHECK(json::parse(stored->body).value("accepted", 0) == 1000);

  const auto admin = bearer(stack.env("EPICURA_ADMIN_TOKEN"));
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  std::size_t found = 0;
  while (found < 100 && std::chrono::steady_clock::now() < end) {
    const auto page = client.ask(get(device + "/telemetry?metric=temperature&limit=100", admin));
    REQUIRE(page);
    REQUIRE_MESSAGE(page->status == 200, page->body);
    found = json::parse(page->body).at("items").size();
  }
  CHECK(found == 100);

  const auto nobody = client.ask(get(device));
  REQUIRE(nobody);
  CHECK(nobody->status == 401);
  CHECK(nobody->count("WWW-Authenticate") == 1);
  CHECK(nobody->count("Strict-Transport-Security") == 1);

  // Who asked, in the program's log: what the client claims about it ends at nginx. Said to the program itself, by an
  // address that it trusts, the same claim counts, so it would have been believed.
  const std::string claim = "X-Forwarded-For: 6.6.6.6\r\nForwarded: for=6.6.6.6\r\nX-Request-Id: ";
  REQUIRE(client.ask(get(device, claim + "through-nginx\r\n")));
  epicura::http::test::RawClient direct(port_of(stack.env("EPICURA_URL")));
  REQUIRE(direct.ask(get(device, claim + "direct\r\n")));
  const auto line_of = [&](const std::string& id) {
    const auto log = stack.log("epicura");
    const auto at = log.find(R"("client_request_id":")" + id + '"');
    const auto begin = log.rfind('\n', at) + 1;
    return at == std::string::npos ? std::string() : log.substr(begin, log.find('\n', at) - begin);
  };
  CHECK(
      epicura::http::test::eventually([&] { return !line_of("direct").empty() && !line_of("through-nginx").empty(); }));
  CHECK_MESSAGE(line_of("through-nginx").find(R"("127.0.0.1")") != std::string::npos, line_of("through-nginx"));
  CHECK(line_of("through-nginx").find("6.6.6.6") == std::string::npos);
  CHECK_MESSAGE(line_of("direct").find(R"("6.6.6.6")") != std::string::npos, line_of("direct"));

  // The operations port has no way in from outside, however the path is spelled.
  for (const char* path :
       {"/metrics", "/api/metrics", "/api/v1/metrics", "//metrics", "/METRICS", "/metrics/", "/%6detrics",
        "/docs/../metrics", "/health/..;/metrics", "/twins/0198c0de-0000-7000-8000-00000000abcd"}) {
    TlsClient curious(nginx.port());
    const auto answer = curious.ask(get(path, admin));
    REQUIRE(answer);
    CHECK_MESSAGE((answer->status == 404 || answer->status == 400), path << ": " << answer->status);
    CHECK(answer->body.find("epicura_") == std::string::npos);
  }
  const auto ready = client.ask(get("/ready"));
  REQUIRE(ready);
  CHECK(ready->status == 200);
  CHECK(ready->body.find("postgres") == std::string::npos);  // dependencies by name are for operators

  // The program away, and back: nobody has to tell nginx.
  stack.kill("epicura");
  const auto away = client.ask(get("/health"));
  REQUIRE(away);
  CHECK(away->status == 503);
  CHECK(away->field("Retry-After") == "2");
  stack.restart("epicura");
  const auto back = client.ask(get(device, bearer(token)));
  REQUIRE(back);
  CHECK(back->status == 200);
}
