// Clients that go at every moment, descriptors that are used again at once, answers from other threads: no answer may
// ever reach another client, none may come twice, none may be lost. 60,000 requests; 1,000,000 with EPICURA_SOAK=1.

#include <doctest/doctest.h>

#include <condition_variable>
#include <deque>
#include <random>

#include "raw_client.hpp"

using namespace epicura;
using namespace epicura::http;
using namespace epicura::http::test;

namespace {

// Threads that answer each request a little later, with the request's own words.
class Answerers {
 public:
  explicit Answerers(int threads) {
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this, i] { run(static_cast<unsigned>(i)); });
  }
  ~Answerers() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    wake_.notify_all();
    for (auto& thread : threads_) thread.join();
  }
  void take(Request request, Reply reply) {
    {
      const std::lock_guard lock(mutex_);
      queue_.emplace_back(std::move(request), std::move(reply));
    }
    wake_.notify_one();
  }

 private:
  void run(unsigned seed) {
    std::mt19937 random(seed);
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait(lock, [this] { return stopped_ || !queue_.empty(); });
      if (queue_.empty()) return;
      auto [request, reply] = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      if (random() % 8 == 0) std::this_thread::sleep_for(std::chrono::microseconds(random() % 500));
      if (random() % 64 != 0 || request.path.find("patient") != std::string::npos) {
        tell(request, reply);
        if (random() % 16 == 0) reply.answer({.content_type = "text/plain", .body = "twice", .headers = {}});
      }  // else it dies unanswered: 500
      reply = {};
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::pair<Request, Reply>> queue_;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace

TEST_CASE("hang-ups at random moments: every answer is the asker's own") {
  Answerers answerers(2);
  Served served([&answerers](Request request, Reply reply) { answerers.take(std::move(request), std::move(reply)); },
                [](ServerSettings& settings) { settings.workers = 2; });
  const bool soak = std::getenv("EPICURA_SOAK") != nullptr;
  constexpr int rude_clients = 6;
  const int requests_each = soak ? 160'000 : 9'000;
  const int patient_requests = soak ? 40'000 : 6'000;
  std::atomic<int> asked{0};
  std::atomic<int> right{0};
  std::atomic<int> wrong{0};
  std::atomic<int> lost{0};

  std::vector<std::thread> clients;
  clients.reserve(rude_clients);
  for (int client = 0; client < rude_clients; ++client)
    clients.emplace_back([&, client] {
      std::mt19937 random(static_cast<unsigned>(100 + client));
      const std::string from = "127.0.1." + std::to_string(1 + client);  // many more ports than one address has
      const auto connect = [&] { return std::make_unique<RawClient>(served.port(), 0, from.c_str()); };
      auto connection = connect();
      for (int i = 0; i < requests_each; ++i) {
        const std::string id = "r" + std::to_string(client) + "-" + std::to_string(i);
        const auto request = random() % 2 == 0 ? get("/devices/" + id) : post("/devices/" + id + "/telemetry", "{}");
        ++asked;
        const auto mood = random() % 5;
        if (mood == 0) {  // in the middle of the request
          connection->send(request.substr(0, random() % request.size()));
          if (random() % 2 == 0) connection->reset();
          connection = connect();
        } else if (mood == 1) {  // before the answer
          connection->send(request);
          if (random() % 2 == 0) connection->reset();
          connection = connect();
        } else if (mood == 2) {  // two at once, then gone after the first answer
          connection->send(request + get("/devices/second"));
          const auto answer = connection->answer();
          if (!answer) ++lost;
          if (answer && answer->status == 200) ++(answer->body.find(id + "}") != std::string::npos ? right : wrong);
          connection = connect();
        } else {
          const auto answer = connection->ask(request);
          if (!answer) {
            ++lost;
            connection = connect();
          } else if (answer->status == 200) {
            ++(answer->body.find(id + "}") != std::string::npos ? right : wrong);
          } else if (answer->status != 500) {
            ++wrong;
          }
          if (!connection->rest().empty()) ++wrong;  // more answers than requests
        }
      }
    });
  // One that never hangs up, and must get every answer.
  std::thread patient([&] {
    RawClient connection(served.port());
    for (int i = 0; i < patient_requests; ++i) {
      const std::string id = "patient-" + std::to_string(i);
      const auto answer = connection.ask(get("/devices/" + id));
      ++asked;
      if (!answer) {
        ++lost;
        return;
      }
      ++(answer->status == 200 && answer->body.find(id + "}") != std::string::npos ? right : wrong);
    }
    if (connection.closed(20ms) || !connection.rest().empty()) ++wrong;
  });
  for (auto& client : clients) client.join();
  patient.join();

  CHECK(asked == rude_clients * requests_each + patient_requests);
  CHECK(wrong == 0);
  CHECK(lost == 0);
  CHECK(right > asked / 2);
  CHECK(served.counted("epicura_http_late_replies_total", "gone") > 0);
  CHECK(eventually([&] { return served.server.connections() == 0; }));
  CHECK(served.counted("epicura_http_connections") == 0);
}

TEST_CASE("one request at a time from another thread: no wake-up is lost") {
  Answerers answerers(1);
  Served served([&answerers](Request request, Reply reply) { answerers.take(std::move(request), std::move(reply)); });
  const int requests = std::getenv("EPICURA_SOAK") != nullptr ? 30'000 : 3'000;
  for (int i = 0; i < requests; ++i) {
    RawClient client(served.port());
    REQUIRE(client.connected());
    const auto answer = client.ask(get("/devices/patient"), 2000ms);
    REQUIRE(answer);
    client.reset();  // which leaves the port free
  }
}

TEST_CASE("a handler learns that a proxy has closed its connection; who has ended one side only gets the answer") {
  std::mutex mutex;
  std::vector<Reply> waiting;
  std::atomic<bool> wait_for_close{false};
  std::atomic<bool> closed{false};
  Served served(
      [&](const Request& request, Reply reply) {
        if (request.route->operation == Operation::get_health) return tell(request, reply);
        while (wait_for_close && !closed) std::this_thread::yield();
        const std::lock_guard lock(mutex);
        waiting.push_back(std::move(reply));
      },
      [](ServerSettings& settings) { settings.trusted_proxies = *parse_address_blocks("127.0.0.1"); });
  const auto taken = [&](std::size_t count) {
    return eventually([&] {
      const std::lock_guard lock(mutex);
      return waiting.size() == count;
    });
  };
  const std::string forwarded = "X-Forwarded-For: 203.0.113.9\r\n";
  RawClient proxy(served.port());
  REQUIRE(proxy.ask(get("/health", forwarded)));
  proxy.send(post("/devices/x/telemetry", "{}", forwarded));
  REQUIRE(taken(1));
  RawClient half(served.port());  // of this machine, and no proxy
  half.send(get("/ready"));
  half.end_sending();
  REQUIRE(taken(2));
  CHECK_FALSE(waiting[0].client_gone());
  proxy.close();
  CHECK(eventually([&] { return waiting[0].client_gone(); }));
  CHECK_FALSE(waiting[1].client_gone());
  waiting[1].answer({.content_type = "text/plain", .body = "here", .headers = {}});
  const auto answer = half.answer();
  REQUIRE(answer);
  CHECK(answer->body == "here");
  CHECK(half.closed());

  // Gone before the handler's call has ended, or before it began.
  wait_for_close = true;
  RawClient early(served.port());
  early.send(get("/ready", forwarded));
  early.close();
  closed = true;
  REQUIRE(taken(3));
  CHECK(eventually([&] { return waiting[2].client_gone(); }));
  CHECK(eventually([&] { return served.server.connections() == 0; }));
}

TEST_CASE("a handler learns that the client has gone") {
  std::mutex mutex;
  std::vector<Reply> waiting;
  Served served([&](const Request&, Reply reply) {
    const std::lock_guard lock(mutex);
    waiting.push_back(std::move(reply));
  });
  RawClient gone(served.port());
  RawClient half(served.port());
  gone.send(get("/health"));
  REQUIRE(eventually([&] {
    const std::lock_guard lock(mutex);
    return waiting.size() == 1;
  }));
  half.send(get("/ready"));
  half.end_sending();
  REQUIRE(eventually([&] {
    const std::lock_guard lock(mutex);
    return waiting.size() == 2;
  }));
  CHECK_FALSE(waiting[0].client_gone());
  gone.reset();
  CHECK(eventually([&] { return waiting[0].client_gone(); }));
  CHECK_FALSE(waiting[1].client_gone());
  waiting[0].answer({});
  waiting[1].answer({.content_type = "text/plain", .body = "here", .headers = {}});
  const auto answer = half.answer();
  REQUIRE(answer);
  CHECK(answer->body == "here");
  CHECK(eventually([&] { return served.counted("epicura_http_late_replies_total", "gone") == 1; }));
}
