// Input that no good client sends: a clear error or a close each, and the next client is served.

#include <doctest/doctest.h>

#include <random>

#include "raw_client.hpp"

using namespace epicura;
using namespace epicura::http;
using namespace epicura::http::test;

namespace {

struct Hostile {
  const char* what;
  std::string bytes;
  int status;
  bool closes;
};

std::string with(const std::string& fields, const std::string& rest = "") {
  return "POST /devices/register HTTP/1.1\r\nHost: t\r\n" + fields + "\r\n" + rest;
}

std::vector<Hostile> hostile_inputs() {
  using namespace std::string_literals;
  const auto inner = get("/devices/smuggled");
  return {
      {"garbage", "\x01\x02\x03\x04garbage\r\n\r\n", 400, true},
      {"lower-case words", "hello\r\n\r\n", 400, true},
      {"TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s + std::string(500, '\x7'), 400, true},
      {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, true},
      {"50,000 slashes", get(std::string(50'000, '/')), 414, true},
      {"10,000 slashes", get(std::string(10'000, '/')), 414, true},
      {"8,000 slashes", get(std::string(8'000, '/')), 404, false},
      {"4,000 segments", get([] {
         std::string path;
         for (int i = 0; i < 4'000; ++i) path += "/a";
         return path;
       }()),
       404, false},
      {"300 kB head", get("/health", "X: " + std::string(300'000, 'x') + "\r\n"), 431, true},
      {"a request line without end", "GET /" + std::string(400'000, 'a'), 414, true},
      {"a field name without end", "GET /health HTTP/1.1\r\nHost: t\r\n" + std::string(400'000, 'a'), 431, true},
      {"a long query", get("/health?a=" + std::string(9'000, 'a')), 414, true},
      {"200 fields",
       get("/health",
           [] {
             std::string f;
             for (int i = 0; i < 200; ++i) f += "A: b\r\n";
             return f;
           }()),
       431, true},
      {"huge length", with("Content-Length: 18446744073709551615\r\n"), 413, true},
      {"huger length", with("Content-Length: " + std::string(1000, '9') + "\r\n"), 413, true},
      {"negative length", with("Content-Length: -1\r\n", inner), 400, true},
      {"signed length", with("Content-Length: +3\r\n", "abc" + inner), 400, true},
      {"length with letters", with("Content-Length: 3abc\r\n", "abc" + inner), 400, true},
      {"doubled length", with("Content-Length: 0\r\nContent-Length: 3\r\n", "abc" + inner), 400, true},
      {"listed length", with("Content-Length: 3, 3\r\n", "abc" + inner), 400, true},
      {"chunked", with("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n" + inner), 411, true},
      {"length and chunked", with("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + inner), 411,
       true},
      {"chunked, hidden by a space", with("Transfer-Encoding : chunked\r\nContent-Length: 0\r\n", inner), 400, true},
      {"chunked, hidden by a fold", with("X: a\r\n Transfer-Encoding: chunked\r\n", inner), 400, true},
      {"bare LF", "GET /health HTTP/1.1\nHost: t\n\n", 400, true},
      {"bare LF between fields", "GET /health HTTP/1.1\r\nHost: t\nX: y\r\n\r\n", 400, true},
      {"bare CR", "GET /health HTTP/1.1\r\nHost: t\rX: y\r\n\r\n", 400, true},
      {"NUL in a field", "GET /health HTTP/1.1\r\nHost: t\0\r\n\r\n"s, 400, true},
      {"NUL in the path", "GET /hea\0lth HTTP/1.1\r\nHost: t\r\n\r\n"s, 400, true},
      {"no Host", "GET /health HTTP/1.1\r\n\r\n", 400, true},
      {"HTTP/1.9", "GET /health HTTP/1.9\r\nHost: t\r\n\r\n", 400, true},
      {"HTTP/0.9", "GET /health\r\n\r\n", 400, true},
      {"%2f", get("/devices%2fregister"), 400, false},
      {"%5c", get("/devices%5cx"), 400, false},
      {"%00", get("/devices/%00"), 400, false},
      {"dot segments", get("/devices/../health"), 400, false},
      {"escaped dot segments", get("/devices/%2e%2e/health"), 400, false},
      {"invalid UTF-8", get("/devices/%ff%fe"), 400, false},
      {"bad escape", get("/devices/%zz"), 400, false},
      {"bad escape in the query", get("/health?a=%"), 400, false},
      {"2 MB body", post("/devices/d/telemetry", std::string(2 << 20, 'x')), 413, true},
      {"a request behind a body of a 404", post("/nope", inner), 404, false},
      {"a request in a GET's body",
       "GET /ready HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(inner.size()) + "\r\n\r\n" + inner, 200,
       false},
      {"CONNECT", "CONNECT localhost:1 HTTP/1.1\r\nHost: t\r\n\r\n", 400, false},
      {"a header full of odd types",
       get("/health",
           "Accept: ;;q=x\r\nCookie: =;;\r\nCache-Control: max-age=x\r\nOrigin: null\r\nTraceparent: 00\r\n"
           "Content-Type: ///\r\nAuthorization: \x80\xff\r\nAccept-Encoding: ,;q,gzip;q=;,\r\n"
           "X-Forwarded-For: ,,1.2.3,\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"),
       200, false},
      {"chunk sizes that are none", with("Transfer-Encoding: chunked\r\n", "+3\r\nabc\r\n0x0\r\n\r\n" + inner), 411,
       true},
      {"chunked with trailers", with("Transfer-Encoding: chunked\r\n", "0\r\nX: y\r\n\r\n" + inner), 411, true},
      {"chunked twice", with("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n" + inner), 411, true},
      {"chunked by another name", with("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n" + inner), 411, true},
      {"chunked in HTTP/1.0", "POST /devices/register HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + inner,
       411, true},
      {"an unknown expectation", get("/health", "Expect: x\r\n"), 417, false},
      {"two hosts", get("/health", "Host: u\r\n"), 400, true},
      {"a fragment", get("/health#a"), 400, false},
      {"no path", get("health"), 400, false},
      {"another scheme", get("ftp://t/health"), 400, false},
  };
}

}  // namespace

TEST_CASE("hostile input: one clear answer each, no answer for what hides behind it") {
  std::atomic<int> smuggled{0};
  Served served([&smuggled](const Request& request, const Reply& reply) {
    if (request.path.find("smuggled") != std::string::npos) ++smuggled;
    tell(request, reply);
  });
  for (const auto& input : hostile_inputs()) {
    CAPTURE(input.what);
    RawClient client(served.port());
    client.send(input.bytes);  // may fail half-way: the server need not read it all
    const auto answer = client.answer();
    REQUIRE(answer);
    CHECK(answer->status == input.status);
    if (input.closes) {
      CHECK(answer->field("Connection") == "close");
      CHECK(client.closed());
      CHECK(client.rest().empty());
    } else {
      const auto next = client.ask(get("/ready"));
      REQUIRE(next);
      CHECK(next->body.starts_with("getReady"));
      CHECK_FALSE(client.closed(5ms));
      CHECK(client.rest().empty());
    }
  }
  CHECK(smuggled == 0);
  CHECK(served.lives());
}

TEST_CASE("random bytes, and good requests with a few wrong bytes") {
  Served served;
  std::mt19937 random(20261120);
  auto byte = [&random] { return static_cast<char>(random() & 0xffU); };
  for (int round = 0; round < 1500; ++round) {
    RawClient client(served.port());
    std::string bytes;
    if (round % 2 == 0) {
      for (unsigned i = 0; i < random() % 300; ++i) bytes += byte();
    } else {
      bytes = post("/api/devices/d%20d/telemetry?a=b", "{\"a\": 1}", "X-Request-Id: a\r\n") + get("/ready?x=%41");
      for (unsigned i = 0; i < 1 + random() % 4; ++i) bytes[random() % bytes.size()] = byte();
    }
    client.send(bytes);
    if (round % 3 == 0) client.reset();
    if (round % 3 == 1) {
      client.end_sending();
      REQUIRE(client.closed());
    }
  }
  CHECK(served.lives());
  CHECK(eventually([&] { return served.server.connections() <= 1; }));
}

TEST_CASE("a body at the limit is read, above it the answer arrives though the client sends on") {
  Served served;
  RawClient client(served.port());
  auto answer = client.ask(post("/devices/d/telemetry", std::string(1 << 20, 'x')));
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->body.ends_with("#1048576"));
  answer = client.ask(post("/devices/d/telemetry", std::string((1 << 20) + 1, 'x')));
  REQUIRE(answer);
  CHECK(answer->status == 413);
  CHECK(client.closed());
}
