// Slow and idle clients.

#include <doctest/doctest.h>

#include "raw_client.hpp"

using namespace epicura;
using namespace epicura::http;
using namespace epicura::http::test;

TEST_CASE("a slow sender is closed at its deadline, which no trickle of bytes moves") {
  Served served(tell, [](ServerSettings& settings) { settings.read_deadline = 300ms; });
  RawClient head(served.port());
  RawClient body(served.port());
  const auto start = std::chrono::steady_clock::now();
  head.send("GET /health HTTP/1.1\r\nX: ");
  body.send("POST /devices/register HTTP/1.1\r\nHost: t\r\nContent-Length: 1000\r\n\r\n");
  while (seconds_since(start) < 5 && !(head.closed(15ms) && body.closed(15ms))) {
    head.send("x");
    body.send("x");
  }
  CHECK(seconds_since(start) < 2);
  CHECK(seconds_since(start) > 0.25);
  for (RawClient* client : {&head, &body}) {
    const auto answer = client->answer(0ms);
    REQUIRE(answer);
    CHECK(answer->status == 408);
    CHECK(answer->field("Connection") == "close");
    CHECK(answer->body.find("\"request_timeout\"") != std::string::npos);
  }
  CHECK(served.refused("slow_sender") == 2);
  CHECK(served.lives());
}

TEST_CASE("idle connections end; the sweep sleeps when there are none") {
  Served served(tell, [](ServerSettings& settings) { settings.idle_deadline = 200ms; });
  RawClient silent(served.port());
  RawClient used(served.port());
  REQUIRE(used.ask(get("/health")));
  CHECK(silent.closed(2000ms));
  CHECK(used.closed(2000ms));
  CHECK(served.refused("idle") == 2);
  CHECK(eventually([&] { return served.server.connections() == 0; }));
  const double before = cpu_seconds();
  std::this_thread::sleep_for(300ms);
  CHECK(cpu_seconds() - before < 0.01);
}

TEST_CASE("slow readers of big answers cost no CPU, delay nobody, and end at their deadline") {
  Served served(
      [](const Request& request, const Reply& reply) {
        if (request.route->operation == Operation::get_telemetry) {
          reply.answer({.content_type = "text/plain", .body = std::string(std::size_t{16} << 20, 'x'), .headers = {}});
        } else {
          tell(request, reply);
        }
      },
      [](ServerSettings& settings) { settings.write_deadline = 1500ms; });
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int i = 0; i < 10; ++i) {
    slow.push_back(std::make_unique<RawClient>(served.port(), 4096));
    slow.back()->send(get("/devices/x/telemetry"));
  }
  REQUIRE(eventually([&] { return served.counted("epicura_http_requests_total", "2xx") == 10; }));
  const double before = cpu_seconds();
  const auto start = std::chrono::steady_clock::now();
  int answered = 0;
  while (seconds_since(start) < 0.8) {
    REQUIRE(served.lives());
    ++answered;
    std::this_thread::sleep_for(20ms);
  }
  CHECK(answered > 5);
  CHECK(cpu_seconds() - before < 0.2);
  CHECK(eventually([&] { return served.refused("slow_reader") == 10; }));
  CHECK(eventually([&] { return served.server.connections() <= 1; }));

  RawClient whole(served.port());
  const auto answer = whole.ask(get("/devices/x/telemetry"));
  REQUIRE(answer);
  CHECK(answer->body == std::string(std::size_t{16} << 20, 'x'));
  CHECK(whole.ask(get("/health")));
}

TEST_CASE("a reader slower than the answer still gets all of it, and the next one") {
  Served served([](const Request&, const Reply& reply) {
    std::string body;
    for (int i = 0; i < 300'000; ++i) body += std::to_string(i) + ",";
    reply.answer({.content_type = "text/plain", .body = std::move(body), .headers = {}});
  });
  RawClient client(served.port(), 4096);
  client.send(get("/health") + get("/ready", "Connection: close\r\n"));
  std::this_thread::sleep_for(100ms);
  const auto first = client.answer(20s);
  const auto second = client.answer(20s);
  REQUIRE(first);
  REQUIRE(second);
  CHECK(first->body.ends_with("299998,299999,"));
  CHECK(first->body == second->body);
  CHECK(client.closed());
}
