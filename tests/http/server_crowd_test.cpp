// Crowds of slow senders, slow readers and clients that say nothing: they cost no CPU and little memory, delay nobody,
// and end in time. 300 of each; 2,000 with EPICURA_SOAK=1.

#include <doctest/doctest.h>

#include <malloc.h>

#include <future>

#include "raw_client.hpp"

using namespace epicura;
using namespace epicura::http;
using namespace epicura::http::test;

namespace {

// As many descriptors as the system gives; how many connections may be open to ourselves, two descriptors each.
std::size_t room_for_connections() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<std::size_t>(limit.rlim_cur) / 2 - 100;
}

std::size_t crowd() {
  const bool soak = std::getenv("EPICURA_SOAK") != nullptr;
  return std::min<std::size_t>(soak ? 2000 : 300, room_for_connections() / 3);
}

// In use, of all threads: what other tests have freed does not hide what is taken now.
std::size_t heap_bytes() {
  const auto use = mallinfo2();
  return use.uordblks + use.hblkhd;
}

// The worker's own CPU time: its clock is taken by a handler, which runs on it.
class WorkerClock {
 public:
  void take() {
    if (!taken_.exchange(true)) ready_.set_value(own());
  }
  double seconds() {
    timespec time{};
    clock_gettime(clock_.get(), &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
  }

 private:
  static clockid_t own() {
    clockid_t clock{};
    pthread_getcpuclockid(pthread_self(), &clock);
    return clock;
  }
  std::atomic<bool> taken_{false};
  std::promise<clockid_t> ready_;
  std::shared_future<clockid_t> clock_ = ready_.get_future().share();
};

using Clients = std::vector<std::unique_ptr<RawClient>>;

}  // namespace

TEST_CASE("crowds of slow clients cost no CPU, and others are served meanwhile") {
  const std::size_t each = crowd();
  const Millis deadline = each > 300 ? 15s : 4s;
  const std::string big(std::size_t{300} << 10, 'x');
  WorkerClock worker;
  Served served(
      [&](const Request& request, const Reply& reply) {
        worker.take();
        if (request.route->operation == Operation::get_telemetry) {
          reply.answer({.content_type = "application/octet-stream", .body = big, .headers = {}});
        } else {
          tell(request, reply);
        }
      },
      [deadline](ServerSettings& settings) {
        settings.read_deadline = settings.write_deadline = settings.idle_deadline = deadline;
        settings.max_connections_per_address = 100'000;
        settings.max_buffered = std::size_t{1} << 30;
      });
  REQUIRE(served.lives());
  const auto start = std::chrono::steady_clock::now();
  Clients readers;
  Clients senders;
  Clients silent;
  for (std::size_t i = 0; i < each; ++i) {
    readers.push_back(std::make_unique<RawClient>(served.port(), 4096, nullptr, 536));
    readers.back()->send(get("/devices/x/telemetry"));
    senders.push_back(std::make_unique<RawClient>(served.port()));
    senders.back()->send(i % 2 == 0 ? "GET /health HTTP/1.1\r\nX: "
                                    : "POST /devices/register HTTP/1.1\r\nHost: t\r\nContent-Length: 1000\r\n\r\n");
    silent.push_back(std::make_unique<RawClient>(served.port()));
  }
  REQUIRE(eventually([&] { return served.server.connections() >= 3 * each; }));
  REQUIRE(
      eventually([&] { return served.counted("epicura_http_requests_total", "2xx") >= static_cast<double>(each); }));

  // Two seconds in which each slow sender sends a byte a second, the readers read nothing, and a good client asks.
  const double cpu_before = worker.seconds();
  const auto window = std::chrono::steady_clock::now();
  double slowest = 0;
  int asked = 0;
  RawClient good(served.port());
  while (seconds_since(window) < 2) {
    for (std::size_t i = static_cast<std::size_t>(asked) % 100; i < each; i += 100) senders[i]->send("x");
    const auto before = std::chrono::steady_clock::now();
    REQUIRE(good.ask(get("/health")));
    slowest = std::max(slowest, seconds_since(before));
    ++asked;
    std::this_thread::sleep_for(10ms);
  }
  const double cpu = worker.seconds() - cpu_before;
  const double span = seconds_since(window);
  MESSAGE(each, " of each: worker's CPU ", 100 * cpu / span, " %, slowest of ", asked, " answers ", 1000 * slowest,
          " ms");
  CHECK(cpu < 0.1 * span);
  CHECK(slowest < 0.25);
  CHECK(asked > 100);

  // All of them end at their deadlines: the senders are told, the others closed.
  const auto all = static_cast<double>(each);
  CHECK(eventually([&] { return served.refused("slow_sender") == all && served.refused("slow_reader") == all; }, 30s));
  CHECK(eventually([&] { return served.refused("idle") >= all; }, 30s));
  CHECK(seconds_since(start) < 30);
  std::size_t told_so = 0;
  for (auto& sender : senders) {
    const auto answer = sender->answer(1s);
    if (answer && answer->status == 408) ++told_so;
  }
  CHECK(told_so == each);
  CHECK(eventually([&] { return served.server.connections() <= 1; }));
}

TEST_CASE("an idle connection holds less than 4 kB") {
  const std::size_t count =
      std::min<std::size_t>(std::getenv("EPICURA_SOAK") != nullptr ? 9000 : 2000, room_for_connections());
  Served served(tell, [&](ServerSettings& settings) { settings.max_connections_per_address = count; });
  const std::string request = get("/health", "Authorization: Bearer " + std::string(1500, 'x') + "\r\n");
  const auto open = [&](std::size_t how_many) {
    Clients clients;
    for (std::size_t i = 0; i < how_many; ++i) {
      clients.push_back(std::make_unique<RawClient>(served.port()));
      REQUIRE(clients.back()->ask(request));
    }
    return clients;
  };
  open(100);
  REQUIRE(eventually([&] { return served.server.connections() == 0; }));
  const auto before = heap_bytes();
  const auto clients = open(count);
  const auto after = heap_bytes();
  REQUIRE(served.server.connections() == count);
  const double each = after > before ? static_cast<double>(after - before) / static_cast<double>(count) : 0;
  MESSAGE(count, " idle connections, client's side included: ", each, " bytes each");
#if !defined(__SANITIZE_ADDRESS__)  // which has a heap of its own
  CHECK(each > 500);
  CHECK(each < 4096);
#endif
}
