// Slow and idle clients, bounds, and the end.

#include <doctest/doctest.h>

#include <sys/resource.h>

#include "raw_client.hpp"

using namespace epicura;
using namespace epicura::http;
using namespace epicura::http::test;

namespace {

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

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
  CHECK(head.rest().empty());
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

TEST_CASE("connections are bounded") {
  Served served(tell, [](ServerSettings& settings) { settings.max_connections = 5; });
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 5; ++i) {
    clients.push_back(std::make_unique<RawClient>(served.port()));
    REQUIRE(clients.back()->ask(get("/health")));
  }
  RawClient more(served.port());
  CHECK(more.closed());
  CHECK(eventually([&] { return served.refused("too_many_connections") == 1; }));
  clients.pop_back();
  CHECK(eventually([&] { return served.lives(); }));
}

TEST_CASE("without descriptors clients are turned away, and the worker does not spin") {
  Served served;
  RawClient open_before(served.port());
  REQUIRE(open_before.ask(get("/health")));
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  std::vector<int> eaten;
  const rlimit small{256, limit.rlim_max};
  setrlimit(RLIMIT_NOFILE, &small);
  RawClient waiting(0);  // a socket made before the descriptors are gone
  for (int fd = ::dup(0); fd >= 0; fd = ::dup(0)) eaten.push_back(fd);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(served.port());
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::connect(waiting.fd(), reinterpret_cast<sockaddr*>(&to), sizeof to);
  CHECK(waiting.closed(2000ms));
  const double before = cpu_seconds();
  std::this_thread::sleep_for(200ms);
  CHECK(cpu_seconds() - before < 0.05);
  CHECK(open_before.ask(get("/health")));
  for (int fd : eaten) ::close(fd);
  setrlimit(RLIMIT_NOFILE, &limit);
  CHECK(served.lives());
}

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
  REQUIRE(eventually([&] { return std::lock_guard(mutex), owed.size() == 1; }));
  forgotten.send(get("/ready"));
  REQUIRE(eventually([&] { return std::lock_guard(mutex), owed.size() == 2; }));

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
