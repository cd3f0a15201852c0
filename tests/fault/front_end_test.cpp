// The front end in the whole program: its settings hold, and clients that hang up at every moment change nothing for
// others. 20,000 requests; 300,000 with EPICURA_SOAK=1.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <fstream>
#include <random>

#include "tests/fault/house.hpp"
#include "tests/http/raw_client.hpp"

using namespace epicura;
using namespace epicura::tests;
using http::test::get;
using http::test::post;
using http::test::RawClient;

namespace {

std::uint16_t port_of(const House& house) {
  const auto url = house.stack.env("EPICURA_URL");
  return static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
}

// What is asked, and the status it must get.
struct Question {
  std::string bytes;
  int status;
};

}  // namespace

TEST_CASE("the front end's settings hold in the program") {
  StackOptions options;
  options.environment = {{"EPICURA_CORS_ORIGINS", "https://app.example.org"},
                         {"EPICURA_READ_DEADLINE_MS", "1000"},
                         {"EPICURA_IDLE_DEADLINE_MS", "2000"},
                         {"EPICURA_MAX_CONNECTIONS", "50"}};
  House house(options);
  const auto port = port_of(house);

  std::ifstream limits(fmt::format("/proc/{}/limits", house.stack.pid("epicura")));
  for (std::string line; std::getline(limits, line);) {
    if (line.rfind("Max open files", 0) != 0) continue;
    std::istringstream words(line.substr(14));
    std::string soft;
    std::string hard;
    words >> soft >> hard;
    CHECK(soft == hard);
  }

  RawClient client(port);
  auto answer = client.ask(
      "OPTIONS /api/v1/devices/x/telemetry HTTP/1.1\r\nHost: t\r\nOrigin: https://app.example.org\r\n"
      "Access-Control-Request-Method: POST\r\n\r\n");
  REQUIRE(answer);
  CHECK(answer->status == 204);
  CHECK(answer->field("Access-Control-Allow-Origin") == "https://app.example.org");
  answer = client.ask(get("/openapi.json", "Accept-Encoding: gzip\r\n"));
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->field("Content-Encoding") == "gzip");

  RawClient slow(port);
  slow.send("POST /api/v1/devices/register HTTP/1.1\r\nHost: t\r\nContent-Length: 100\r\n\r\n{");
  answer = slow.answer(10s);
  REQUIRE(answer);
  CHECK(answer->status == 408);
  CHECK(client.closed(10s));  // idle

  std::vector<std::unique_ptr<RawClient>> many;
  many.reserve(60);
  for (int i = 0; i < 60; ++i) many.push_back(std::make_unique<RawClient>(port));
  CHECK(wait_until([&] {
    return house.metric(R"(epicura_http_refused_input_total{reason="too_many_connections",server="api"})") >= 10;
  }));
  many.clear();
  CHECK(wait_until([&] { return http_get(house.api("/health")).status == 200; }));
}

TEST_CASE("who hangs up at any moment changes nothing for others, through actors, PostgreSQL and NATS") {
  House house;
  const auto port = port_of(house);
  const auto program = house.stack.pid("epicura");
  const auto device = house.register_devices(1).front();
  const std::string signed_in = "Authorization: Bearer " + device.token + "\r\n";
  const int each = std::getenv("EPICURA_SOAK") != nullptr ? 75'000 : 5'000;
  std::atomic<int> wrong{0};
  std::atomic<int> lost{0};
  std::atomic<int> right{0};

  const auto question = [&](std::mt19937& random, const std::string& id) -> Question {
    const std::string named = "X-Request-Id: " + id + "\r\n";
    const auto path = "/api/v1/devices/" + device.id.str();
    switch (random() % 4) {
      case 0:
        return {get("/health", named), 200};
      case 1:
        return {get(path, named + signed_in), 200};
      case 2:
        return {get(path, named), 401};
      default:
        return {post(path + "/telemetry",
                     fmt::format(R"({{"readings":[{{"metric":"power","value":1,"ts":{}}}]}})",
                                 now().time_since_epoch().count()),
                     named + signed_in),
                202};
    }
  };
  std::vector<std::thread> clients;
  clients.reserve(4);
  for (int number = 0; number < 4; ++number)
    clients.emplace_back([&, number] {
      std::mt19937 random(static_cast<unsigned>(number));
      const std::string from = "127.0.2." + std::to_string(1 + number);
      const auto connect = [&] { return std::make_unique<RawClient>(port, 0, from.c_str()); };
      auto connection = connect();
      for (int i = 0; i < each; ++i) {
        const std::string id = fmt::format("c{}-{}", number, i);
        const auto asked = question(random, id);
        const bool rude = number < 3 && random() % 2 == 0;  // the last is never rude
        if (rude) {
          const auto length = random() % 2 == 0 ? asked.bytes.size() : random() % asked.bytes.size();
          connection->send(std::string_view(asked.bytes).substr(0, length));
          if (random() % 2 == 0) connection->reset();
          connection = connect();
          continue;
        }
        const auto answer = connection->ask(asked.bytes, 15s);
        if (!answer) {
          ++lost;
          connection = connect();
        } else {
          const bool own = answer->field("X-Client-Request-Id") == id && answer->status == asked.status;
          ++(own && connection->rest().empty() ? right : wrong);
        }
      }
    });
  for (auto& client : clients) client.join();
  CHECK(wrong == 0);
  CHECK(lost == 0);
  CHECK(right > 2 * each);
  CHECK(house.stack.pid("epicura") == program);
  CHECK(house.stack.alive("epicura"));
  CHECK(wait_until([&] { return house.metric(R"(epicura_http_connections{server="api"})") == 0; }));
  CHECK(house.is_ready());
}
