// The protocol, over real sockets.

#include "http/server.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "http/problem.hpp"
#include "raw_client.hpp"
#include "schema/uuid.hpp"

using namespace epicura;
using namespace epicura::http;
using namespace epicura::http::test;

TEST_CASE("answers carry what every answer must") {
  Served served;
  RawClient client(served.port());
  const auto answer = client.ask(get("/api/v1/health", "X-Request-Id: mine.1\r\n"));
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->body == "getHealth /health");
  const auto id = Uuid::parse(answer->field("X-Request-Id"));
  REQUIRE(id);
  CHECK(id->str()[14] == '7');
  CHECK(answer->field("X-Client-Request-Id") == "mine.1");
  CHECK(answer->field("Date").ends_with(" GMT"));
  CHECK(answer->field("Content-Type") == "text/plain");
  CHECK(answer->field("Cache-Control") == "no-store");
  CHECK(answer->field("X-Content-Type-Options") == "nosniff");
  CHECK(answer->field("X-Frame-Options") == "DENY");
  CHECK(answer->field("Content-Security-Policy") == "default-src 'none'; frame-ancestors 'none'");
  CHECK(answer->field("Connection").empty());

  const auto other = client.ask(get("/nope", "X-Request-Id: mine.2\r\n"));
  REQUIRE(other);
  CHECK(other->field("X-Client-Request-Id") == "mine.2");
  CHECK(other->field("Content-Type") == "application/problem+json");
  CHECK(other->body.find(other->field("X-Request-Id")) != std::string::npos);
  CHECK(other->field("X-Request-Id") != answer->field("X-Request-Id"));
  CHECK(served.counted("epicura_http_requests_total", "2xx") == 1);
  CHECK(served.counted("epicura_http_requests_total", "4xx") == 1);
  CHECK(served.counted("epicura_http_connections") == 1);
}

TEST_CASE("a connection is kept, and closed when it was said") {
  Served served;
  RawClient kept(served.port());
  for (int i = 0; i < 100; ++i) REQUIRE(kept.ask(get("/health")));
  CHECK_FALSE(kept.closed(50ms));

  RawClient last(served.port());
  const auto answer = last.ask(get("/health", "Connection: close\r\n"));
  REQUIRE(answer);
  CHECK(answer->field("Connection") == "close");
  CHECK(last.closed(1000ms));

  RawClient old(served.port());
  const auto old_answer = old.ask("GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  REQUIRE(old_answer);
  CHECK(old_answer->field("Connection") == "close");
  CHECK(old.closed(1000ms));

  RawClient half(served.port());
  half.send(get("/health") + get("/ready"));
  half.end_sending();  // still to be answered
  REQUIRE(half.answer());
  REQUIRE(half.answer());
  CHECK(half.closed(1000ms));
  CHECK(eventually([&] { return served.server.connections() == 1; }));
}

TEST_CASE("pipelined requests are answered in order, also from another thread and out of order") {
  std::mutex mutex;
  std::vector<std::pair<Request, Reply>> waiting;
  Served served([&](Request request, Reply reply) {
    const std::lock_guard lock(mutex);
    waiting.emplace_back(std::move(request), std::move(reply));
  });
  std::atomic<bool> stop{false};
  std::thread answering([&] {
    while (!stop) {
      std::vector<std::pair<Request, Reply>> mine;
      {
        const std::lock_guard lock(mutex);
        mine.swap(waiting);
      }
      std::reverse(mine.begin(), mine.end());
      for (const auto& [request, reply] : mine) tell(request, reply);
      std::this_thread::yield();
    }
  });
  {
    RawClient a(served.port());
    RawClient b(served.port());
    std::string all;
    for (int i = 0; i < 500; ++i)
      all += get("/devices/" + std::to_string(i)) + post("/devices/register", std::string(i, 'x'));
    a.send(all);
    b.send(all);
    for (int i = 0; i < 500; ++i) {
      for (RawClient* client : {&a, &b}) {
        auto answer = client->answer();
        REQUIRE(answer);
        REQUIRE(answer->body == "getDevice /devices/" + std::to_string(i) + " {id=" + std::to_string(i) + "}");
        answer = client->answer();
        REQUIRE(answer);
        REQUIRE(answer->body == "registerDevice /devices/register" + (i > 0 ? " #" + std::to_string(i) : ""));
      }
    }
  }
  stop = true;
  answering.join();
}

TEST_CASE("a request is understood wherever it is cut") {
  Served served;
  const auto bytes = post("/api/devices/d1/telemetry", "{\"a\": 1}") + get("/ready");
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
    RawClient client(served.port());
    client.send(bytes.substr(0, cut));
    std::this_thread::yield();
    client.send(bytes.substr(cut));
    const auto first = client.answer();
    REQUIRE(first);
    REQUIRE(first->body == "postDeviceTelemetry /devices/d1/telemetry {id=d1} #8");
    const auto second = client.answer();
    REQUIRE(second);
    REQUIRE(second->body == "getReady /ready");
  }
}

TEST_CASE("HEAD, OPTIONS, Expect, and what is not there") {
  Served served;
  RawClient client(served.port());
  client.send("HEAD /health HTTP/1.1\r\nHost: t\r\n\r\n");
  auto answer = client.answer(5000ms, true);
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->field("Content-Length") == "17");

  answer = client.ask("OPTIONS /api/devices/x HTTP/1.1\r\nHost: t\r\n\r\n");
  REQUIRE(answer);
  CHECK(answer->status == 204);
  CHECK(answer->field("Allow") == "GET, HEAD, OPTIONS");
  answer = client.ask("OPTIONS * HTTP/1.1\r\nHost: t\r\n\r\n");
  REQUIRE(answer);
  CHECK(answer->status == 204);

  client.send("POST /devices/register HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->status == 100);
  answer = client.ask("ab");
  REQUIRE(answer);
  CHECK(answer->body == "registerDevice /devices/register #2");

  for (const char* method : {"DELETE", "PUT", "TRACE", "BREW"}) {
    answer = client.ask(std::string(method) + " /devices/x HTTP/1.1\r\nHost: t\r\n\r\n");
    REQUIRE(answer);
    CHECK(answer->status == 405);
    CHECK(answer->field("Allow") == "GET, HEAD, OPTIONS");
  }
  answer = client.ask(get("/devices"));
  REQUIRE(answer);
  CHECK(answer->status == 404);
  answer = client.ask(get("/health?verbose=1"));
  REQUIRE(answer);
  CHECK(answer->status == 422);
  CHECK(answer->body.find("there are none here") != std::string::npos);
  answer = client.ask(get("/devices/x/telemetry?limit=1&limit=2"));
  REQUIRE(answer);
  CHECK(answer->status == 400);
  CHECK_FALSE(client.closed(50ms));
}

TEST_CASE("a reply that dies is a 500, the second answer is dropped, a throw is caught") {
  Served served([](const Request& request, Reply reply) {
    if (request.route->operation == Operation::get_health) {
      reply.answer({.content_type = "text/plain", .body = "first", .headers = {}});
      Reply(reply).answer({.content_type = "text/plain", .body = "second", .headers = {}});
    } else if (request.route->operation == Operation::get_ready) {
      throw std::runtime_error("a secret");
    } else if (request.route->operation == Operation::get_device) {
      std::thread([dying = std::move(reply)] {}).detach();
    }  // else dropped here
  });
  RawClient client(served.port());
  auto answer = client.ask(get("/health"));
  REQUIRE(answer);
  CHECK(answer->body == "first");
  for (const char* target : {"/ready", "/devices/x", "/devices/x/telemetry"}) {
    answer = client.ask(get(target));
    REQUIRE(answer);
    CHECK(answer->status == 500);
    CHECK(answer->body.find("secret") == std::string::npos);
    CHECK(answer->body.find("\"internal\"") != std::string::npos);
  }
  answer = client.ask(get("/health"));
  REQUIRE(answer);
  CHECK(answer->body == "first");
  CHECK(served.counted("epicura_http_late_replies_total", "again") == 2);
  CHECK(served.counted("epicura_http_late_replies_total", "unanswered") == 3);
  CHECK(served.refused("exception") == 1);
}

TEST_CASE("a port that is taken is said in a sentence; port and address are checked") {
  Served served;
  observe::Metrics metrics;
  auto settings = Served::settings({});
  settings.port = served.port();
  Server second(settings, tell, metrics);
  try {
    second.start();
    FAIL("started");
  } catch (const std::runtime_error& error) {
    CHECK(std::string(error.what()).find("port " + std::to_string(served.port())) != std::string::npos);
    CHECK(std::string(error.what()).find("already in use") != std::string::npos);
  }
  settings.address = "localhost.example";
  Server third(settings, tell, metrics);
  CHECK_THROWS_AS(third.start(), std::runtime_error);
}

TEST_CASE("several workers share the connections") {
  Served served(tell, [](ServerSettings& settings) { settings.workers = 3; });
  std::vector<std::unique_ptr<RawClient>> clients;
  clients.reserve(30);
  for (int i = 0; i < 30; ++i) clients.push_back(std::make_unique<RawClient>(served.port()));
  for (int round = 0; round < 20; ++round) {
    for (auto& client : clients) client->send(get("/devices/a"));
    for (auto& client : clients) REQUIRE(client->answer());
  }
  clients.clear();
  CHECK(eventually([&] { return served.server.connections() == 0; }));
}

TEST_CASE("100 Continue comes before the body, and never where the request is refused") {
  Served served;
  const auto wait_for = [](const std::string& line, const std::string& length = "2") {
    return line + " HTTP/1.1\r\nHost: t\r\nContent-Length: " + length + "\r\nExpect: 100-continue\r\n\r\n";
  };
  RawClient taken(served.port());
  taken.send(wait_for("POST /devices/register"));
  REQUIRE(taken.answer());  // 100
  CHECK(taken.rest().empty());
  CHECK(taken.ask("ab")->status == 200);
  taken.send(wait_for("POST /devices/register") + "ab");  // has not waited: needs no word
  CHECK(taken.answer()->status == 200);

  const std::pair<std::string, int> refused[] = {
      {wait_for("POST /nope"), 404},
      {wait_for("PUT /devices/register"), 405},
      {wait_for("POST /devices/%00/telemetry"), 400},
      {wait_for("POST /devices/register", "1000000000"), 413},
      {"POST /devices/register HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\nExpect: 200-ok\r\n\r\n", 417},
  };
  for (const auto& [request, status] : refused) {
    RawClient client(served.port());
    const auto answer = client.ask(request);
    REQUIRE(answer);
    CHECK(answer->status == status);
    CHECK(answer->field("Connection") == "close");  // the body may come or not
    client.send("ab" + get("/health"));
    CHECK(client.closed());
    CHECK(client.rest().empty());
  }
}
