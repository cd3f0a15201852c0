// Two nodes and a real nats-server: what one has let through the other counts.

#include "actors/quota_feed.hpp"

#include <doctest/doctest.h>

#include "bus/announce.hpp"
#include "bus/subjects.hpp"
#include "bus/subscription.hpp"
#include "tests/bus/bus_fixture.hpp"

using namespace epicura;

namespace {

Settings tens() {
  Settings settings;
  settings.quota_user_per_min = 10;
  settings.quota_auth_per_min = 10;
  settings.quota_failed_log_ins = 10;
  settings.jwt_refresh_secret = std::string(32, 'r');
  return settings;
}

struct Node {
  explicit Node(const bus::NatsServer& server) : nats(bus::settings_for(server), {}, metrics) {
    nats.start();
    REQUIRE(bus::wait_until([this] { return nats.connected(); }));
    REQUIRE(nats.flush(Millis{5000}));  // the subscription too
  }

  observe::Metrics metrics;
  bus::Connection nats;
  Quota::Moment moment{};
  Quotas quotas{tens(), metrics, [this] { return moment; }};
  QuotaFeed feed{nats, quotas, Uuid::v7()};
  bus::Subscription heard{
      nats, bus::node_news_subjects, [this](natsMsg* message) {
        feed.hear({natsMsg_GetData(message), static_cast<std::size_t>(natsMsg_GetDataLength(message))});
      }};

  std::int64_t left(const Uuid& user) const { return quotas.user.look(user, moment).remaining; }
};

}  // namespace

TEST_CASE("what one node lets through counts on the other, of every quota") {
  const bus::NatsServer server;
  Node one(server);
  Node two(server);
  two.moment += std::chrono::hours{77};
  const auto ada = Uuid::v7();
  for (int i = 0; i < 6; ++i) one.quotas.user.take(ada, one.moment);
  one.quotas.auth.take(ada, one.moment);
  const auto attempt = one.quotas.guessing.attempt("ada@example.org", IpAddress());
  for (int i = 0; i < 10; ++i) one.quotas.guessing.failed(attempt, one.moment);
  one.quotas.guessing.take_turn(attempt, Guessing::Pace::slow, one.moment);
  one.feed.tell();
  CHECK(bus::wait_until([&] { return two.left(ada) == 4; }));
  CHECK(bus::wait_until([&] { return two.quotas.auth.look(ada, two.moment).remaining == 9; }));
  CHECK(bus::wait_until([&] { return two.quotas.guessing.pace(attempt, two.moment) == Guessing::Pace::slow; }));
  CHECK(bus::wait_until([&] {
    const bool allowed = two.quotas.guessing.take_turn(attempt, Guessing::Pace::slow, two.moment).allowed;
    if (allowed) two.quotas.guessing.succeeded(attempt);  // not heard yet: as if it had not been tried
    return !allowed;
  }));
  for (int i = 0; i < 4; ++i) CHECK(two.quotas.user.take(ada, two.moment).allowed);
  CHECK_FALSE(two.quotas.user.take(ada, two.moment).allowed);
  two.feed.tell();
  CHECK(bus::wait_until([&] { return one.left(ada) == 0; }));
  CHECK(two.left(ada) == 0);
}

TEST_CASE("a node's own word, told twice or by nobody, changes nothing") {
  const bus::NatsServer server;
  Node one(server);
  Node two(server);
  const auto ada = Uuid::v7();
  one.quotas.user.take(ada, one.moment);
  one.feed.tell();
  one.feed.tell();
  for (const char* junk : {"", "{", "[]", R"({"from":"x","quota":"user","used":[]})"})
    bus::announce(one.nats, bus::quota_subject, junk);
  const auto last = Uuid::v7();
  one.quotas.user.take(last, one.moment);
  one.feed.tell();
  CHECK(bus::wait_until([&] { return two.left(last) == 9; }));
  CHECK(two.left(ada) == 9);
  CHECK(one.left(ada) == 9);
}

TEST_CASE("however much is used, a message stays small, and the rest is told later") {
  const bus::NatsServer server;
  Node one(server);
  Node two(server);
  std::vector<Uuid> users;
  for (int i = 0; i < 5000; ++i) one.quotas.user.take(users.emplace_back(Uuid::v7()), one.moment);
  one.feed.tell();
  one.feed.tell();
  // But for a few whose places in the table others have taken.
  CHECK(bus::wait_until([&] {
    return std::count_if(users.begin(), users.end(), [&](const Uuid& user) { return two.left(user) == 9; }) >= 4900;
  }));
}

TEST_CASE("without NATS each node limits by itself") {
  bus::NatsServer server;
  Node one(server);
  server.kill();
  const auto ada = Uuid::v7();
  int allowed = 0;
  for (int i = 0; i < 20; ++i) {
    allowed += one.quotas.user.take(ada, one.moment).allowed ? 1 : 0;
    one.feed.tell();
  }
  CHECK(allowed == 10);
}
