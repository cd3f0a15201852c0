// One client's share of a worker's time.

#include <doctest/doctest.h>

#include "raw_client.hpp"

using namespace epicura;
using namespace epicura::http;
using namespace epicura::http::test;

namespace {

// What is answered between two looks at who else wants something.
struct Rounds {
  int answered = 0;  // in this one; the worker's alone, like `most`
  std::atomic<int> most{0};
  std::atomic<int> all{0};

  void count() {
    ++answered;
    ++all;
  }
  void end() { most = std::max(most.load(), std::exchange(answered, 0)); }
};

}  // namespace

TEST_CASE("who pipelines without an end gets one share of a round, however its bytes come in") {
  Rounds rounds;
  Served served(
      [&](const Request& request, const Reply& reply) {
        rounds.count();
        tell(request, reply);
      },
      [&](ServerSettings& settings) { settings.after_round = [&] { rounds.end(); }; });
  std::string segment;
  for (int i = 0; i < 20; ++i) segment += get("/health");
  const auto flood = [&] {
    RawClient client(served.port());
    std::thread reader([&client] {
      char answers[65536];
      while (::recv(client.fd(), answers, sizeof answers, 0) > 0) {
      }
    });
    while (rounds.all < 60'000 && client.send(segment)) {
    }
    client.end_sending();  // the reader sees the end behind the last answer
    reader.join();
  };
  std::thread other(flood);
  flood();
  other.join();
  CHECK(rounds.all >= 60'000);
  // Each once as one that gave way, and once more for what has come in meanwhile.
  CHECK(rounds.most <= 2 * 2 * 16);
}

TEST_CASE("requests that take their time do not come sixteen at once") {
  Rounds rounds;
  Served served(
      [&](const Request& request, const Reply& reply) {
        rounds.count();
        for (const auto start = std::chrono::steady_clock::now(); std::chrono::steady_clock::now() < start + 2ms;) {
        }
        tell(request, reply);
      },
      [&](ServerSettings& settings) { settings.after_round = [&] { rounds.end(); }; });
  RawClient client(served.port());
  std::string pipelined;
  for (int i = 0; i < 40; ++i) pipelined += get("/health");
  client.send(pipelined);
  for (int i = 0; i < 40; ++i) REQUIRE(client.answer());
  CHECK(eventually([&] { return rounds.most > 0; }));
  CHECK(rounds.most <= 3);
}
