#include "actors/password_pool.hpp"

#include <doctest/doctest.h>

#include <future>

#include "schema/password.hpp"

using namespace epicura;

namespace {

PasswordAnswer ask(PasswordPool& pool, PasswordWork work) {
  std::promise<PasswordAnswer> promise;
  auto future = promise.get_future();
  REQUIRE(pool.submit(std::move(work), [&promise](PasswordAnswer answer) { promise.set_value(std::move(answer)); }));
  REQUIRE(future.wait_for(std::chrono::seconds{30}) == std::future_status::ready);
  return future.get();
}

}  // namespace

TEST_CASE("a password is hashed, and proved against its hash") {
  observe::Metrics metrics;
  PasswordPool pool(1, metrics);
  const auto made = ask(pool, {"a good password", {}});
  CHECK(verify_password(made.new_hash, "a good password"));
  const auto right = ask(pool, {"a good password", made.new_hash, true});
  CHECK(right.right);
  CHECK(right.new_hash.empty());  // it is as of today already
  CHECK_FALSE(ask(pool, {"another password", made.new_hash, true}).right);
  CHECK(metrics.counter("epicura_password_hashes_total", "").Value() == 3);
}

TEST_CASE("an old hash is renewed where that is wanted, and the password right") {
  observe::Metrics metrics;
  PasswordPool pool(1, metrics);
  const std::string old = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
  CHECK(ask(pool, {"U*U", old, false}).new_hash.empty());
  CHECK(ask(pool, {"U*V", old, true}).new_hash.empty());
  const auto renewed = ask(pool, {"U*U", old, true});
  CHECK(renewed.right);
  CHECK_FALSE(needs_new_hash(renewed.new_hash));
}

namespace {

// A pool of one thread that is held up until go_on().
struct Busy {
  observe::Metrics metrics;
  std::promise<void> gate;
  std::shared_future<void> opened = gate.get_future().share();
  PasswordPool pool{1, metrics};
  Busy() {
    std::promise<void> at_work;
    REQUIRE(pool.submit({"the first password", {}}, [&at_work, opened = opened](const PasswordAnswer&) {
      at_work.set_value();
      opened.wait();
    }));
    at_work.get_future().wait();
  }
  void go_on() { gate.set_value(); }
  double waiting() { return metrics.gauge("epicura_password_waiting", "").Value(); }
};

PasswordWork from(const std::string& address) {
  PasswordWork work{"one that waits", {}};
  work.wanted_by = address;
  return work;
}

}  // namespace

TEST_CASE("so many may wait, half of them from one network; what waits at the end is let go") {
  Busy busy;
  std::atomic<int> answered{0};
  const auto count = [&](const PasswordAnswer&) { ++answered; };
  for (std::size_t i = 0; i < PasswordPool::most_of_one; ++i)
    REQUIRE(busy.pool.submit(from("2001:db8::" + std::to_string(i)), count));
  CHECK_FALSE(busy.pool.submit(from("2001:db8::ffff:1"), count));
  for (std::size_t i = 0; i < PasswordPool::most_of_one; ++i)
    REQUIRE(busy.pool.submit(from("192.0.2." + std::to_string(i % 200)), count));
  CHECK_FALSE(busy.pool.submit(from("198.51.100.1"), count));
  CHECK(busy.metrics.counter("epicura_password_refused_total", "").Value() == 2);
  std::thread stopper([&] { busy.pool.stop(); });
  while (busy.waiting() > 0) std::this_thread::yield();
  busy.go_on();
  stopper.join();
  CHECK(answered == 0);
}

TEST_CASE("each network has its turn, however many another has waiting") {
  Busy busy;
  std::vector<std::string> order;
  std::promise<void> last;
  for (int i = 0; i < 20; ++i)
    REQUIRE(busy.pool.submit(from("192.0.2.1"), [&, i](const PasswordAnswer&) {
      order.emplace_back("crowd");
      if (i == 19) last.set_value();
    }));
  REQUIRE(busy.pool.submit(from("198.51.100.1"), [&](const PasswordAnswer&) { order.emplace_back("one"); }));
  busy.go_on();
  REQUIRE(last.get_future().wait_for(std::chrono::seconds{30}) == std::future_status::ready);
  REQUIRE(order.size() == 21);
  CHECK(order[1] == "one");
}

TEST_CASE("what has come too late is not hashed, nor whose client has gone") {
  observe::Metrics metrics;
  PasswordPool pool(1, metrics);
  std::atomic<bool> answered{false};
  PasswordWork late{"too late", {}};
  late.due = std::chrono::steady_clock::now() - std::chrono::seconds{1};
  PasswordWork gone{"gone", {}};
  gone.let_go = std::make_shared<std::atomic<bool>>(true);
  for (const auto& work : {late, gone}) REQUIRE(pool.submit(work, [&](const PasswordAnswer&) { answered = true; }));
  CHECK_FALSE(ask(pool, {"in time", {}}).new_hash.empty());  // one thread, in order: the one before is over
  CHECK_FALSE(answered);
  CHECK(metrics.counter("epicura_password_hashes_total", "").Value() == 1);
  CHECK(metrics.counter("epicura_password_let_go_total", "").Value() == 2);
}

TEST_CASE("files have their turns among passwords, and leave these room") {
  Busy busy;
  std::vector<std::string> order;
  std::promise<void> last;
  const auto file = [&](const std::string& address, const std::string& name) {
    return FileWork{[&order, name] { order.push_back(name); }, address};
  };
  REQUIRE(busy.pool.submit(file("192.0.2.1", "first")));
  REQUIRE(busy.pool.submit(file("192.0.2.1", "second")));
  REQUIRE(busy.pool.submit(from("198.51.100.1"), [&](const PasswordAnswer&) { order.emplace_back("password"); }));
  auto let_go = file("192.0.2.1", "nobody's");
  let_go.let_go = std::make_shared<std::atomic<bool>>(true);
  REQUIRE(busy.pool.submit(let_go));
  for (std::size_t i = 4; i <= PasswordPool::most_files; ++i) REQUIRE(busy.pool.submit(file("192.0.2.1", "more")));
  CHECK_FALSE(busy.pool.submit(file("203.0.113.1", "one too many")));
  REQUIRE(busy.pool.submit(from("203.0.113.1"), [&](const PasswordAnswer&) { order.emplace_back("password"); }));
  busy.go_on();
  while (!busy.pool.submit(FileWork{[&last] { last.set_value(); }, "192.0.2.1"})) std::this_thread::yield();
  REQUIRE(last.get_future().wait_for(std::chrono::seconds{30}) == std::future_status::ready);
  REQUIRE(order.size() == PasswordPool::most_files + 1);
  CHECK(order[0] == "first");
  CHECK(order[1] == "password");
  CHECK(std::count(order.begin(), order.end(), "nobody's") == 0);
}
