// Clients that go at every moment of their own, behind nginx: no answer may reach anybody else, none may be lost.

#include <doctest/doctest.h>

#include "tests/fault/chance.hpp"
#include "tests/proxy/front.hpp"
#include "tests/proxy/streams.hpp"
#include "tests/proxy/tls_client.hpp"

using namespace epicura::proxy::test;
using epicura::tests::rounds;

namespace {

std::string request_of(const std::string& id, bool with_body) {
  const auto path = "/api/v1/devices/" + id;
  const auto field = "X-Request-Id: " + id + "\r\n";
  return with_body ? post(path + "/telemetry", std::string(100'000, 'b'), field) : get(path, field);
}

// What several clients have seen.
struct Tally {
  std::atomic<int> right{0};
  std::atomic<int> wrong{0};
  std::atomic<int> lost{0};
  void count(const std::string& id, const std::optional<TlsAnswer>& answer) {
    if (!answer) {
      ++lost;
    } else {
      const bool good = answer->status == 200 && answer->field("X-Client-Request-Id") == id && is_for(id, answer->body);
      ++(good ? right : wrong);
    }
  }
};

// Asks and goes: in the middle of the request, while it waits, with some of the answer read; now and then it stays.
void be_rude(std::uint16_t port, int client, int times, Tally& tally) {
  std::mt19937 random(static_cast<unsigned>(client));
  auto connection = std::make_unique<TlsClient>(port);
  for (int i = 0; i < times; ++i) {
    const auto id = id_of(static_cast<Pace>(random() % 3), client, i);
    const auto request = request_of(id, random() % 3 == 0);
    const auto mood = random() % 5;
    if (mood == 4) {
      tally.count(id, connection->ask(request));
      continue;
    }
    connection->send(mood == 0 ? std::string_view(request).substr(0, random() % request.size()) : request);
    if (mood == 1) std::this_thread::sleep_for(std::chrono::microseconds(random() % 20'000));
    if (mood == 2) connection->any_bytes(5s);
    connection->hang_up(random() % 2 == 0);
    connection = std::make_unique<TlsClient>(port);
  }
}

void be_patient(std::uint16_t port, int client, const std::atomic<bool>& stop, Tally& tally) {
  TlsClient connection(port);
  for (int i = 0; !stop; ++i) {
    const auto id = id_of(static_cast<Pace>(i % 3), client, i);
    const auto answer = connection.ask(request_of(id, i % 5 == 0));
    tally.count(id, answer);
    if (!answer) return;
  }
}

}  // namespace

TEST_CASE("HTTP/1.1 clients that hang up behind nginx change nothing for others") {
  Front front;
  Tally rude;
  Tally patient;
  std::atomic<bool> stop{false};
  std::vector<std::thread> patients;
  patients.reserve(2);
  for (int i = 0; i < 2; ++i) patients.emplace_back([&, i] { be_patient(front.nginx.port(), 100 + i, stop, patient); });
  std::vector<std::thread> others;
  others.reserve(4);
  const int times = rounds(400);
  for (int i = 0; i < 4; ++i) others.emplace_back([&, i] { be_rude(front.nginx.port(), i, times, rude); });
  for (auto& thread : others) thread.join();
  stop = true;
  for (auto& thread : patients) thread.join();

  CHECK(rude.wrong == 0);
  CHECK(rude.lost == 0);
  CHECK(rude.right > 4 * times / 10);
  CHECK(patient.wrong == 0);
  CHECK(patient.lost == 0);
  CHECK(patient.right > 50);
  // The hang-ups came through: each costs nginx a connection to the program. And nothing stays behind.
  CHECK(front.served.counted("epicura_http_connections_accepted_total") > times / 2);
  CHECK(epicura::http::test::eventually([&] { return front.served.server.connections() <= 128; }));
  CHECK(front.nginx.alive());
  CHECK(front.nginx.error_log().find("exited on signal") == std::string::npos);
  MESSAGE(rude.right.load() << " of the rude and " << patient.right.load() << " of the patient answered, each its own");
}

TEST_CASE("HTTP/2 streams that are cut off change nothing for the others of their connection") {
  Front front;
  const auto seen = run_streams(front.nginx, {.total = rounds(1'500), .at_once = 24, .rude_one_in = 2});
  CHECK(seen.wrong == 0);
  CHECK(seen.lost == 0);
  CHECK(seen.right > rounds(1'500) / 3);
  CHECK(seen.cut > rounds(1'500) / 5);
  CHECK(seen.connections <= 4 + seen.cut / 20);  // the streams did share connections
  CHECK(front.served.counted("epicura_http_connections_accepted_total") > seen.cut / 4);
  CHECK(front.nginx.alive());
  MESSAGE(seen.right << " streams answered, each its own, " << seen.cut << " cut off, " << seen.connections
                     << " connections");
}
