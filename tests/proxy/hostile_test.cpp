// Heads and bodies that no good client sends, through nginx: a clear error or a close each, as many answers as
// requests, and nothing that was hidden in another request ever reaches the program as one of its own.

#include <doctest/doctest.h>

#include "tests/proxy/front.hpp"
#include "tests/proxy/tls_client.hpp"

using namespace epicura::proxy::test;
using namespace std::string_literals;

namespace {

struct Hostile {
  std::string what;
  std::string bytes;
};

std::string with(const std::string& fields, const std::string& rest = "") {
  return "POST /devices/register HTTP/1.1\r\nHost: t\r\n" + fields + "\r\n" + rest;
}

std::vector<Hostile> hostile_inputs() {
  const auto inner = get("/devices/" + id_of(Pace::smuggled, 0, 0));
  const auto many_fields = [] {
    std::string fields;
    for (int i = 0; i < 3000; ++i) fields += "A" + std::to_string(i) + ": b\r\n";
    return fields;
  };
  return {
      {"garbage", "\x01\x02\x03\x04garbage\r\n\r\n"},
      {"words", "hello\r\n\r\n"},
      {"TLS in TLS", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11).append(500, '\x7')},
      {"HTTP/2 preface after ALPN said 1.1", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
      {"50,000 slashes", get(std::string(50'000, '/'))},
      {"7,000 slashes", get(std::string(7'000, '/'))},
      {"300 kB head", get("/health", "X: " + std::string(300'000, 'x') + "\r\n")},
      {"3,000 fields", get("/health", many_fields())},
      {"huge length", with("Content-Length: 18446744073709551615\r\n", inner)},
      {"huger length", with("Content-Length: " + std::string(1000, '9') + "\r\n", inner)},
      {"negative length", with("Content-Length: -1\r\n", inner)},
      {"signed length", with("Content-Length: +3\r\n", "abc" + inner)},
      {"length with letters", with("Content-Length: 3abc\r\n", "abc" + inner)},
      {"doubled length", with("Content-Length: 0\r\nContent-Length: 300\r\n", inner)},
      {"doubled length, the other way", with("Content-Length: 300\r\nContent-Length: 0\r\n", inner)},
      {"listed length", with("Content-Length: 3, 3\r\n", "abc" + inner)},
      {"length and chunked", with("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + inner)},
      {"chunked twice", with("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n" + inner)},
      {"chunked and identity",
       with("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n" + inner)},
      {"an unknown encoding", with("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n" + inner)},
      {"chunked, hidden by a space",
       with("Transfer-Encoding : chunked\r\nContent-Length: " + std::to_string(inner.size()) + "\r\n", inner)},
      {"a signed chunk", with("Transfer-Encoding: chunked\r\n", "+3\r\nabc\r\n0\r\n\r\n" + inner)},
      {"a hexadecimal chunk", with("Transfer-Encoding: chunked\r\n", "0x3\r\nabc\r\n0\r\n\r\n" + inner)},
      {"a chunk without its end", with("Transfer-Encoding: chunked\r\n", "3\r\nabc0\r\n\r\n" + inner)},
      {"a huge chunk", with("Transfer-Encoding: chunked\r\n", "ffffffffffffffff\r\n" + inner)},
      {"bare CR", "GET /health HTTP/1.1\r\nHost: t\rX: y\r\n\r\n"},
      {"NUL in a field", "GET /health HTTP/1.1\r\nHost: t\0\r\n\r\n"s},
      {"NUL in the path", "GET /hea\0lth HTTP/1.1\r\nHost: t\r\n\r\n"s},
      {"two hosts", "GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"},
      {"HTTP/9.9", "GET /health HTTP/9.9\r\nHost: t\r\n\r\n"},
      {"CONNECT", "CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: t\r\n\r\n"},
      {"%2f", get("/devices%2fregister")},
      {"%00", get("/devices/%00")},
      {"dot segments", get("/devices/../metrics")},
      {"escaped dot segments", get("/devices/%2e%2e/metrics")},
      {"bad escape", get("/devices/%zz")},
      {"invalid UTF-8", get("/devices/\xff\xfe")},
      {"2 MB body", post("/devices/register", std::string(2 << 20, 'x'))},
      {"deep JSON", post("/devices/register", std::string(60'000, '['), "Content-Type: application/json\r\n")},
  };
}

// Every answer that comes until the server has nothing more to say.
std::vector<TlsAnswer> answers_to(TlsClient& client, const std::string& bytes) {
  std::vector<TlsAnswer> all;
  if (auto first = client.ask(bytes, 5s)) {
    all.push_back(*first);
    while (auto next = client.answer(50ms)) all.push_back(*next);
  }
  return all;
}

}  // namespace

TEST_CASE("hostile heads and bodies through nginx") {
  Front front;
  TlsClient witness(front.nginx.port());
  for (const auto& input : hostile_inputs()) {
    CAPTURE(input.what);
    TlsClient client(front.nginx.port());
    REQUIRE(client.connected());
    const auto answers = answers_to(client, input.bytes);
    if (answers.empty()) CHECK_MESSAGE(client.closed(1s), "neither an answer nor a close");
    // The one thing that may follow a refused request on its connection is what was hidden in it, and that may not.
    CHECK(answers.size() <= 1);
    for (const auto& answer : answers) {
      CHECK_MESSAGE((answer.status == 200 || (answer.status >= 400 && answer.status < 500)), answer.status);
      if (answer.status >= 400) CHECK(answer.field("Content-Type") == "application/problem+json");
    }
    const auto health = witness.ask(get("/health"));
    REQUIRE(health);
    CHECK(health->status == 200);
  }
  CHECK(front.smuggled == 0);
  CHECK(front.nginx.alive());
}

TEST_CASE("requests behind a good body are requests of their own, in order") {
  Front front;
  TlsClient client(front.nginx.port());
  std::string all;
  for (int i = 0; i < 50; ++i) {
    all += post("/devices/" + id_of(Pace::quick, 2, i) + "/telemetry", get("/devices/" + id_of(Pace::smuggled, 2, i)));
    all += get("/devices/" + id_of(i % 2 == 0 ? Pace::slow : Pace::quick, 3, i));
  }
  REQUIRE(client.send(all));
  for (int i = 0; i < 50; ++i) {
    const auto first = client.answer();
    const auto second = client.answer();
    REQUIRE(first);
    REQUIRE(second);
    CHECK(is_for(id_of(Pace::quick, 2, i), first->body));
    CHECK(is_for(id_of(i % 2 == 0 ? Pace::slow : Pace::quick, 3, i), second->body));
  }
  CHECK_FALSE(client.answer(50ms));
  CHECK(front.smuggled == 0);
  CHECK(front.handed_over == 100);
}
