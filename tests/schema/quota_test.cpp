#include "schema/quota.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>

using namespace epicura;
using namespace std::chrono_literals;

namespace {

const Quota::Moment start{};
const QuotaRule rule{20, 60s};

}  // namespace

TEST_CASE("so many are let through and no more, each key for itself") {
  Quota quota(rule);
  const auto ada = Uuid::v7();
  for (int i = 1; i <= 20; ++i) {
    const auto standing = quota.take(ada, start + i * 1s);
    CHECK(standing.allowed);
    CHECK(standing.limit == 20);
    CHECK(standing.remaining == 20 - i);
    CHECK(standing.within_s == 60);
  }
  CHECK_FALSE(quota.take(ada, start + 21s).allowed);
  CHECK_FALSE(quota.take(ada, start + 60s).allowed);
  CHECK(quota.take(Uuid::v7(), start + 21s).allowed);
}

TEST_CASE("several are taken together or not at all") {
  Quota quota(rule);
  const auto pot = Uuid::v7();
  CHECK(quota.take(pot, start, 15).remaining == 5);
  CHECK_FALSE(quota.take(pot, start, 6).allowed);
  CHECK(quota.take(pot, start + 30s, 1).remaining == 4);
  const auto refused = quota.take(pot, start + 31s, 20);  // all of it
  CHECK_FALSE(refused.allowed);
  CHECK(quota.take(pot, start + 31s + refused.reset_s * 1s, 20).allowed);
}

TEST_CASE("several count as several, here and for the other nodes") {
  Quota quota(rule);
  const auto pot = Uuid::v7();
  CHECK(quota.take(pot, start, 15).remaining == 5);
  CHECK(quota.look(pot, start).remaining == 5);
  CHECK(quota.take(pot, start, 5).remaining == 0);
  CHECK_FALSE(quota.take(Uuid::v7(), start, 21).allowed);
  const auto news = quota.news(10);
  REQUIRE(news.size() == 1);
  CHECK(news[0].count == 20);
}

TEST_CASE("after the seconds that a refusal names there is more, and a second before there is none") {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    Quota quota(rule, 8);
    const auto key = Uuid::v7();
    auto now = start + std::chrono::milliseconds{random() % 600'000};
    while (quota.take(key, now).allowed) now += std::chrono::milliseconds{random() % 4000};
    const auto refused = quota.take(key, now);
    CHECK(refused.remaining == 0);
    REQUIRE(refused.reset_s >= 1);
    CHECK(refused.reset_s <= 65);
    CHECK_FALSE(quota.look(key, now + (refused.reset_s - 1) * 1s - 1ms).remaining > 0);
    CHECK(quota.take(key, now + refused.reset_s * 1s).allowed);
  }
}

TEST_CASE("in no minute more is let through than the rule says, however it comes") {
  std::mt19937 random(1);
  for (int round = 0; round < 50; ++round) {
    Quota quota(rule, 8);
    const auto key = Uuid::v7();
    const unsigned pause = 1 + random() % 5000;
    auto now = start;
    std::vector<Quota::Moment> allowed;
    for (int i = 0; i < 2000; ++i) {
      now += std::chrono::milliseconds{random() % pause};
      if (quota.take(key, now).allowed) allowed.push_back(now);
    }
    for (std::size_t i = 20; i < allowed.size(); ++i) CHECK(allowed[i] - allowed[i - 20] > 60s);
    // Nor much less, for who asks all the time.
    if (pause < 100) CHECK(static_cast<double>(allowed.size()) >= 20.0 * ((now - start) / 65s));
  }
}

TEST_CASE("what was used is forgotten after the window, and a twelfth of it") {
  Quota quota(rule);
  const auto key = Uuid::v7();
  for (int i = 0; i < 20; ++i) quota.take(key, start + 3s);
  CHECK(quota.look(key, start + 63s).remaining == 0);
  const auto later = quota.look(key, start + 65s);
  CHECK(later.remaining == 20);
  CHECK(later.reset_s == 0);
  CHECK(quota.look(key, start + std::chrono::hours{10'000}).remaining == 20);
}

TEST_CASE("what is counted in any case keeps its key at the limit for longer") {
  Quota quota(rule);
  const auto key = Uuid::v7();
  for (int i = 0; i < 40; ++i) quota.count(key, start + i * 1s);
  CHECK(quota.look(key, start + 75s).remaining == 0);  // 20 s and more of it are gone
  CHECK(quota.look(key, start + 90s).remaining > 0);
  quota.forget(key);
  CHECK(quota.take(key, start + 40s).remaining == 19);
}

TEST_CASE("a rule of nothing lets everything through") {
  Quota quota({});
  CHECK(quota.is_off());
  const auto key = Uuid::v7();
  for (int i = 0; i < 1000; ++i) CHECK(quota.take(key, start).allowed);
  CHECK(quota.take(key, start).limit == 0);
  quota.forget(key);
  CHECK(quota.news(10).empty());
}

TEST_CASE("two nodes that tell each other let through one quota together, though their clocks have nothing in common") {
  Quota one(rule);
  Quota two(rule);
  const auto key = Uuid::v7();
  const auto other_start = start + 98'765'432ms;
  int allowed = 0;
  for (int i = 0; i < 40; ++i) {
    allowed += one.take(key, start + i * 1s).allowed ? 1 : 0;
    allowed += two.take(key, other_start + i * 1s).allowed ? 1 : 0;
    two.heard(one.news(10), other_start + i * 1s);
    one.heard(two.news(10), start + i * 1s);
  }
  CHECK(allowed == 20);
  CHECK(one.news(10).empty());  // what was heard is not told again
  CHECK(one.look(key, start + 100s).remaining > 0);
}

TEST_CASE("news are told once, a bounded number of keys at a time") {
  Quota quota(rule);
  std::set<std::string> keys;
  for (int i = 0; i < 100; ++i) {
    const auto key = Uuid::v7();
    keys.insert(key.str());
    quota.take(key, start);
    quota.take(key, start);
  }
  std::set<std::string> told;
  for (const std::size_t expected : {40, 40, 20, 0}) {
    const auto news = quota.news(40);
    CHECK(news.size() == expected);
    for (const auto& one : news) {
      CHECK(one.count == 2);
      told.insert(one.key.str());
    }
  }
  CHECK(told == keys);
  const auto forgotten = Uuid::v7();
  quota.take(forgotten, start);
  quota.forget(forgotten);
  CHECK(quota.news(40).empty());
}

TEST_CASE("whoever comes with however many keys: the memory is the same, and who has used much is not forgotten") {
  Quota quota(rule, 64);
  const auto guesser = Uuid::v7();
  while (quota.take(guesser, start).allowed) {
  }
  for (int i = 0; i < 100'000; ++i) quota.take(Uuid::v7(), start + 1s);
  CHECK_FALSE(quota.take(guesser, start + 2s).allowed);
  CHECK(quota.news(100'000).size() <= 64);
}
