// What the front end adds to the handler's answers: compression, and what browsers ask before they let a page read one.

#include <doctest/doctest.h>

#include "gunzip.hpp"
#include "raw_client.hpp"

using namespace epicura;
using namespace epicura::http;
using namespace epicura::http::test;

namespace {

std::string long_text() {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += "reading " + std::to_string(i) + "\n";
  return text;
}

// By operation: a long text, a short one, one that is encoded already, a page with a tag.
void answer_in_kind(const Request& request, const Reply& reply) {
  switch (request.route->operation) {
    case Operation::get_device:
      return reply.answer({.content_type = "application/json", .body = long_text(), .headers = {}});
    case Operation::get_telemetry:
      return reply.answer({.content_type = "application/json",
                           .body = long_text(),
                           .headers = {{"Content-Encoding", "br"}, {"Vary", "Accept-Encoding"}}});
    case Operation::get_ready:
      return reply.answer({.content_type = "text/html", .body = long_text(), .headers = {{"ETag", "\"tag\""}}});
    default:
      return reply.answer({.content_type = "application/json", .body = std::string(1024, 'x'), .headers = {}});
  }
}

const std::string gzip_please = "Accept-Encoding: gzip, deflate\r\n";

}  // namespace

TEST_CASE("long answers are compressed for who asks") {
  Served served(answer_in_kind);
  RawClient client(served.port());
  const auto plain = client.ask(get("/devices/x"));
  REQUIRE(plain);
  CHECK(plain->body == long_text());
  CHECK(plain->field("Content-Encoding").empty());
  CHECK(plain->field("Vary") == "Accept-Encoding");

  const auto packed = client.ask(get("/devices/x", gzip_please));
  REQUIRE(packed);
  CHECK(packed->field("Content-Encoding") == "gzip");
  CHECK(packed->field("Vary") == "Accept-Encoding");
  CHECK(packed->body.size() < plain->body.size() / 3);
  CHECK(gunzip(packed->body) == long_text());

  client.send("HEAD /devices/x HTTP/1.1\r\nHost: t\r\n" + gzip_please + "\r\n");
  const auto head = client.answer(5000ms, true);
  REQUIRE(head);
  CHECK(head->field("Content-Encoding") == "gzip");
  CHECK(head->field("Content-Length") == packed->field("Content-Length"));

  const auto refused = client.ask(get("/devices/x", "Accept-Encoding: gzip;q=0\r\n"));
  REQUIRE(refused);
  CHECK(refused->body == long_text());

  const auto shorter = client.ask(get("/health", gzip_please));
  REQUIRE(shorter);
  CHECK(shorter->body.size() == 1024);
  CHECK(shorter->field("Content-Encoding").empty());
  CHECK(shorter->field("Vary").empty());

  const auto encoded = client.ask(get("/devices/x/telemetry", gzip_please));
  REQUIRE(encoded);
  CHECK(encoded->body == long_text());
  CHECK(encoded->field("Content-Encoding") == "br");
  CHECK(encoded->head.find("Content-Encoding") == encoded->head.rfind("Content-Encoding"));
}

TEST_CASE("what lasts is sent as it is, from where it is; HEAD says its length") {
  static const std::string lasting = long_text();
  Served served([](const Request&, const Reply& reply) {
    reply.answer({200, "application/json", {}, {{"ETag", "\"tag\""}}, lasting});
  });
  RawClient client(served.port());
  for (const auto& fields : {std::string(), gzip_please}) {
    const auto answer = client.ask(get("/devices/x", fields));
    REQUIRE(answer);
    CHECK(answer->body == lasting);
    CHECK(answer->field("Content-Encoding").empty());
    CHECK(answer->field("Vary").empty());
    CHECK(answer->field("ETag") == "\"tag\"");
  }
  client.send("HEAD /devices/x HTTP/1.1\r\nHost: t\r\n\r\n");
  const auto head = client.answer(5000ms, true);
  REQUIRE(head);
  CHECK(head->field("Content-Length") == std::to_string(lasting.size()));
  const auto next = client.ask(get("/health"));  // and nothing else
  REQUIRE(next);
  CHECK(next->body == lasting);
  CHECK(serialize({}, {200, "text/plain", {}, {}, lasting}).rest().data() == lasting.data());
}

TEST_CASE("a strong tag of other bytes becomes a weak one") {
  Served served(answer_in_kind);
  RawClient client(served.port());
  CHECK(client.ask(get("/ready"))->field("ETag") == "\"tag\"");
  CHECK(client.ask(get("/ready", gzip_please))->field("ETag") == "W/\"tag\"");
}

TEST_CASE("pages of allowed origins may read the answers, errors too") {
  Served served(tell, [](ServerSettings& settings) {
    settings.cors = CorsPolicy("https://app.example.org, http://localhost:5173");
  });
  RawClient client(served.port());
  for (const char* target : {"/health", "/nope", "/devices/%2f"}) {
    const auto answer = client.ask(get(target, "Origin: https://app.example.org\r\n"));
    REQUIRE(answer);
    CHECK(answer->field("Access-Control-Allow-Origin") == "https://app.example.org");
    CHECK(answer->field("Access-Control-Expose-Headers").find("X-Request-Id") != std::string::npos);
    CHECK(answer->field("Access-Control-Allow-Credentials").empty());
    CHECK(answer->field("Vary") == "Origin");
  }
  for (const char* origin : {"https://evil.example", "https://app.example.org.evil.example", "null",
                             "http://app.example.org", "https://APP.example.org"}) {
    const auto answer = client.ask(get("/health", "Origin: " + std::string(origin) + "\r\n"));
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(answer->field("Access-Control-Allow-Origin").empty());
    CHECK(answer->field("Vary") == "Origin");
  }
  CHECK(client.ask(get("/health"))->field("Vary") == "Origin");
}

TEST_CASE("preflights") {
  Served served(tell, [](ServerSettings& settings) { settings.cors = CorsPolicy("https://app.example.org"); });
  RawClient client(served.port());
  const auto ask = [&](const std::string& target, const std::string& fields) {
    return client.ask("OPTIONS " + target + " HTTP/1.1\r\nHost: t\r\n" + fields + "\r\n");
  };
  const std::string allowed = "Origin: https://app.example.org\r\n";
  const std::string wish = "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: authorization\r\n";
  auto answer = ask("/api/v1/devices/x/telemetry", allowed + wish);
  REQUIRE(answer);
  CHECK(answer->status == 204);
  CHECK(answer->body.empty());
  CHECK(answer->field("Access-Control-Allow-Origin") == "https://app.example.org");
  CHECK(answer->field("Access-Control-Allow-Methods").find("POST") != std::string::npos);
  CHECK(answer->field("Access-Control-Allow-Headers").find("Authorization") != std::string::npos);
  CHECK(answer->field("Access-Control-Max-Age") == "600");
  CHECK(answer->field("Vary") == "Origin");

  answer = ask("/devices/x", allowed);  // no preflight: what may be done here
  REQUIRE(answer);
  CHECK(answer->status == 204);
  CHECK(answer->field("Allow") == "GET, HEAD, OPTIONS");
  CHECK(answer->field("Access-Control-Allow-Methods").empty());

  answer = ask("/devices/x/telemetry", "Origin: https://evil.example\r\n" + wish);
  REQUIRE(answer);
  CHECK(answer->status == 204);
  CHECK(answer->field("Access-Control-Allow-Origin").empty());
  CHECK(answer->field("Access-Control-Allow-Methods").empty());
}

TEST_CASE("without origins there is no CORS; with * it is everybody's") {
  Served closed;
  auto answer = RawClient(closed.port()).ask(get("/health", "Origin: https://a.example\r\n"));
  REQUIRE(answer);
  CHECK(answer->field("Access-Control-Allow-Origin").empty());
  CHECK(answer->field("Vary").empty());

  Served open(tell, [](ServerSettings& settings) { settings.cors = CorsPolicy("https://a.example, *"); });
  answer = RawClient(open.port()).ask(get("/health", "Origin: https://b.example\r\n"));
  REQUIRE(answer);
  CHECK(answer->field("Access-Control-Allow-Origin") == "*");
  CHECK(answer->field("Vary").empty());
}
