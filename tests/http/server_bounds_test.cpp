// What is bounded: connections, descriptors, memory.

#include <doctest/doctest.h>

#include "raw_client.hpp"

using namespace epicura;
using namespace epicura::http;
using namespace epicura::http::test;

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
  (void)::connect(waiting.fd(), reinterpret_cast<sockaddr*>(&to), sizeof to);
  CHECK(waiting.closed(2000ms));
  const double before = cpu_seconds();
  std::this_thread::sleep_for(200ms);
  CHECK(cpu_seconds() - before < 0.05);
  CHECK(open_before.ask(get("/health")));
  for (int fd : eaten) ::close(fd);
  setrlimit(RLIMIT_NOFILE, &limit);
  CHECK(served.lives());
}

TEST_CASE("connections from one address are bounded, others come in") {
  Served served(tell, [](ServerSettings& settings) {
    settings.max_connections_per_address = 3;
    settings.unlimited = *parse_address_blocks("127.0.0.7");
  });
  std::vector<std::unique_ptr<RawClient>> clients;
  const auto connect = [&](const char* from) {
    auto client = std::make_unique<RawClient>(served.port(), 0, from);
    const bool answered = client->ask(get("/health")).has_value();
    clients.push_back(std::move(client));
    return answered;
  };
  for (int i = 0; i < 3; ++i) REQUIRE(connect("127.0.0.1"));
  CHECK_FALSE(connect("127.0.0.1"));
  CHECK(eventually([&] { return served.refused("too_many_from_address") == 1; }));
  CHECK(connect("127.0.0.2"));
  for (int i = 0; i < 10; ++i) REQUIRE(connect("127.0.0.7"));
  clients.erase(clients.begin());
  CHECK(eventually([&] { return connect("127.0.0.1"); }));
}

TEST_CASE("requests that come in slowly are bounded all together; who comes in one piece is served") {
  Served served(tell, [](ServerSettings& settings) { settings.max_buffered = std::size_t{1} << 20; });
  const std::string whole = post("/devices/d/telemetry", std::string(400'000, 'x'));
  std::vector<std::unique_ptr<RawClient>> slow;
  std::optional<Answer> refused;
  for (int i = 0; i < 8 && !refused; ++i) {
    slow.push_back(std::make_unique<RawClient>(served.port()));
    slow.back()->send(std::string_view(whole).substr(0, 300'000));
    refused = slow.back()->answer(200ms);
  }
  REQUIRE(refused);
  CHECK(slow.size() > 1);
  CHECK(refused->status == 503);
  CHECK(refused->field("Retry-After") == "2");
  CHECK(refused->field("Connection") == "close");
  CHECK(slow.back()->closed());
  CHECK(served.refused("input_full") == 1);
  CHECK(served.lives());
  RawClient at_once(served.port());
  CHECK(at_once.ask(post("/devices/d/telemetry", "{}")));
  // The first is let go on, and leaves room.
  slow.pop_back();
  slow.front()->send(std::string_view(whole).substr(300'000));
  const auto answer = slow.front()->answer();
  REQUIRE(answer);
  CHECK(answer->status == 200);
  slow.clear();
  CHECK(eventually([&] { return served.server.connections() == 1; }));
  RawClient again(served.port());
  again.send(std::string_view(whole).substr(0, 300'000));
  CHECK_FALSE(again.answer(200ms));
  again.send(std::string_view(whole).substr(300'000));
  CHECK(again.answer());
}

TEST_CASE("what one address sends slowly, and what others send that is large, leaves room for small requests") {
  const std::string large = post("/devices/d/telemetry", std::string(600'000, 'x'));
  const std::string small = post("/devices/d/telemetry", std::string(16 << 10, 'x'));
  Served served(tell, [](ServerSettings& settings) {
    settings.max_buffered = std::size_t{32} << 20;  // 15 MiB for one address, for one image
    settings.unlimited = *parse_address_blocks("127.0.0.7");
  });
  std::vector<std::unique_ptr<RawClient>> slow;
  const auto send_slowly = [&](const char* from, std::size_t count, std::size_t bytes) {
    for (std::size_t i = 0; i < count; ++i) {
      slow.push_back(std::make_unique<RawClient>(served.port(), 0, from));
      slow.back()->send(std::string_view(large).substr(0, bytes));
    }
  };
  const auto in_two_parts = [&](const char* from, std::string_view request) {
    RawClient client(served.port(), 0, from);
    client.send(request.substr(0, request.size() - 10));
    if (const auto early = client.answer(100ms)) return early->status;
    const auto answer = client.ask(request.substr(request.size() - 10));
    return answer ? answer->status : 0;
  };
  // One address takes its share and no more.
  send_slowly("127.0.0.1", 30, 550'000);
  CHECK(eventually([&] { return served.refused("input_full") >= 3; }));
  CHECK(in_two_parts("127.0.0.2", large) == 200);
  CHECK(in_two_parts("127.0.0.2", small) == 200);
  CHECK(in_two_parts("127.0.0.1", small) == 200);
  // Some that have no such share take all that the large may have.
  CHECK(eventually([&] {
    send_slowly("127.0.0.7", 30, 100'000);
    return in_two_parts("127.0.0.2", large) == 503;
  }));
  CHECK(in_two_parts("127.0.0.2", small) == 200);
  CHECK(in_two_parts("127.0.0.7", small) == 200);
}

TEST_CASE("slow readers of what lasts hold nothing: as many as come are served to the end") {
  static const std::string lasting(std::size_t{8} << 20, 'x');
  Served served(
      [](const Request&, const Reply& reply) {
        reply.answer({200, "text/plain", {}, {}, lasting});
      },
      [](ServerSettings& settings) { settings.max_buffered = std::size_t{1} << 20; });
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int i = 0; i < 20; ++i) {
    slow.push_back(std::make_unique<RawClient>(served.port(), 4096));
    slow.back()->send(get("/devices/x/telemetry"));
  }
  CHECK(eventually([&] { return served.counted("epicura_http_requests_total", "2xx") == 20; }));
  for (auto& client : slow) {
    const auto answer = client->answer(10s);
    REQUIRE(answer);
    CHECK(answer->body == lasting);
  }
  CHECK(served.refused("output_full") == 0);
}

TEST_CASE("answers that are read slowly are bounded all together") {
  const std::string big(std::size_t{8} << 20, 'x');
  Served served(
      [&big](const Request& request, const Reply& reply) {
        reply.answer({.content_type = "text/plain",
                      .body = request.route->operation == Operation::get_telemetry ? big : "short",
                      .headers = {}});
      },
      [](ServerSettings& settings) { settings.max_buffered = std::size_t{20} << 20; });
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int i = 0; i < 5; ++i) {
    slow.push_back(std::make_unique<RawClient>(served.port(), 4096));
    slow.back()->send(get("/devices/x/telemetry"));
  }
  CHECK(eventually([&] { return served.refused("output_full") == 3; }));
  CHECK(eventually([&] { return served.server.connections() == 2; }));
  CHECK(served.lives());
  // Those that were begun come to their end.
  std::size_t whole = 0;
  for (auto& client : slow) {
    const auto answer = client->answer(10s);
    if (answer && answer->body == big) ++whole;
  }
  CHECK(whole == 2);
  RawClient next(served.port());
  next.send(get("/devices/x/telemetry"));
  const auto answer = next.answer(10s);
  REQUIRE(answer);
  CHECK(answer->body == big);
}
