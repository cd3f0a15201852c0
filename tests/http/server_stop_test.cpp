// The end of a server.

#include <doctest/doctest.h>

#include <future>

#include "raw_client.hpp"

using namespace epicura;
using namespace epicura::http;
using namespace epicura::http::test;

TEST_CASE("stop accepting: open connections go on, new ones are refused") {
  Served served;
  RawClient before(served.port());
  REQUIRE(before.ask(get("/health")));
  served.server.stop_accepting();
  CHECK(eventually([&] { return !RawClient(served.port()).connected(); }));
  CHECK(before.ask(get("/health")));
  served.server.stop();
  CHECK(before.closed());
}

TEST_CASE("stop waits for the answers that are owed, no longer than its deadline") {
  std::mutex mutex;
  std::vector<Reply> owed;
  Served served(
      [&](const Request&, Reply reply) {
        const std::lock_guard lock(mutex);
        owed.push_back(std::move(reply));
      },
      [](ServerSettings& settings) { settings.stop_deadline = 1000ms; });
  RawClient answered(served.port());
  RawClient forgotten(served.port());
  RawClient idle(served.port());
  answered.send(get("/health"));
  REQUIRE(eventually([&] {
    const std::lock_guard lock(mutex);
    return owed.size() == 1;
  }));
  forgotten.send(get("/ready"));
  REQUIRE(eventually([&] {
    const std::lock_guard lock(mutex);
    return owed.size() == 2;
  }));

  const auto start = std::chrono::steady_clock::now();
  std::thread later([&] {
    std::this_thread::sleep_for(200ms);
    owed[0].answer({.content_type = "text/plain", .body = "late but owed", .headers = {}});
  });
  served.server.stop();
  later.join();
  CHECK(seconds_since(start) >= 0.9);
  CHECK(seconds_since(start) < 2.5);
  const auto answer = answered.answer();
  REQUIRE(answer);
  CHECK(answer->body == "late but owed");
  CHECK(answered.closed());
  CHECK(forgotten.closed());
  CHECK(idle.closed());
  CHECK(owed[1].client_gone());
  owed[1].answer({});  // after the end: dropped and counted
  CHECK(served.counted("epicura_http_late_replies_total", "gone") == 1);
  served.server.stop();
}

TEST_CASE("stop while busy") {
  for (int round = 0; round < 5; ++round) {
    Served served;
    std::atomic<int> answers{0};
    std::vector<std::thread> clients;
    clients.reserve(4);
    for (int i = 0; i < 4; ++i)
      clients.emplace_back([&] {
        RawClient client(served.port());
        while (client.ask(get("/health"))) ++answers;
      });
    CHECK(eventually([&] { return answers > 200; }));
    const auto start = std::chrono::steady_clock::now();
    served.server.stop();
    CHECK(seconds_since(start) < 2.5);
    for (auto& client : clients) client.join();
  }
}

TEST_CASE("a reply may outlive its server, and the metrics that it counts in") {
  std::promise<Reply> promised;
  auto served = std::make_unique<Served>([&](const Request&, Reply reply) { promised.set_value(std::move(reply)); },
                                         [](ServerSettings& settings) { settings.stop_deadline = 0ms; });
  const std::weak_ptr<const void> counters = served->metrics.keep();
  RawClient client(served->port());
  client.send(get("/health"));
  Reply reply = promised.get_future().get();
  served.reset();
  CHECK(client.closed());
  CHECK_FALSE(counters.expired());
  reply = {};  // unanswered: counted, and too late: counted
  CHECK(counters.expired());
}
