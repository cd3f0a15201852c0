#include "http/admission.hpp"

#include <doctest/doctest.h>

#include <deque>

#include "http/budget.hpp"

using namespace epicura;
using namespace epicura::http;

namespace {

IpAddress at(std::string_view text) {
  return *IpAddress::parse(text);
}

}  // namespace

TEST_CASE("places are bounded in all and for one address, and free again when they are left") {
  Admission admission(4, 2, 100, *parse_address_blocks("127.0.0.0/8"));
  std::string_view reason;
  std::deque<Admission::Place> places;
  const auto admit = [&](std::string_view address) {
    auto place = admission.admit(at(address), reason);
    if (place) places.push_back(std::move(*place));
    return place.has_value();
  };
  CHECK(admit("192.0.2.1"));
  CHECK(admit("192.0.2.1"));
  CHECK_FALSE(admit("192.0.2.1"));
  CHECK(reason == "too_many_from_address");
  CHECK(admit("192.0.2.2"));
  CHECK(admission.open() == 3);
  places.pop_front();
  CHECK(admit("192.0.2.1"));
  CHECK(admit("127.0.0.1"));
  CHECK_FALSE(admit("127.0.0.1"));
  CHECK(reason == "too_many_connections");
  CHECK_FALSE(admission.wait_until_empty(Millis{1}));
  places.clear();
  CHECK(admission.open() == 0);
  CHECK(admission.wait_until_empty(Millis{0}));
}

TEST_CASE("who is not limited may have as many as there are; of IPv6 a /64 is one address") {
  Admission admission(100, 1, 100, *parse_address_blocks("127.0.0.0/8, ::1"));
  std::string_view reason;
  std::deque<Admission::Place> places;
  const auto admit = [&](std::string_view address) {
    auto place = admission.admit(at(address), reason);
    if (place) places.push_back(std::move(*place));
    return place.has_value();
  };
  for (int i = 0; i < 20; ++i) {
    CHECK(admit("127.0.0.1"));
    CHECK(admit("::1"));
  }
  CHECK(admit("2001:db8:1:2::1"));
  CHECK_FALSE(admit("2001:db8:1:2:ffff::2"));
  CHECK(admit("2001:db8:1:3::1"));
  CHECK(admit("::ffff:192.0.2.1"));
  CHECK_FALSE(admit("192.0.2.1"));
  CHECK(admit("192.0.2.2"));
}

TEST_CASE("a budget is shared, and given back") {
  Budget budget(100);
  Holding a(budget);
  {
    Holding b(budget);
    CHECK(a.resize(60));
    CHECK(b.resize(40));
    CHECK_FALSE(b.resize(41));
    CHECK(budget.held() == 100);
    CHECK(a.resize(50));
    CHECK(b.resize(50));
    CHECK_FALSE(a.resize(51));
    CHECK(a.resize(50));
  }
  CHECK(budget.held() == 50);
  CHECK(a.resize(0));
  CHECK(budget.held() == 0);
  CHECK_FALSE(a.resize(101));
  CHECK(budget.held() == 0);
}

TEST_CASE("those of one address share what they hold, and what is little has room of its own") {
  Admission admission(100, 100, 400'000, *parse_address_blocks("127.0.0.0/8"));
  std::string_view reason;
  auto first = admission.admit(at("192.0.2.1"), reason);
  auto second = admission.admit(at("192.0.2.1"), reason);
  auto other = admission.admit(at("192.0.2.2"), reason);
  auto local = admission.admit(at("127.0.0.1"), reason);
  REQUIRE((first && second && other && local));
  CHECK(local->input() == nullptr);
  CHECK(first->input() == second->input());
  Budget all(800'000, 200'000);
  {
    Holding a(all, first->input());
    Holding b(all, second->input());
    Holding c(all, other->input());
    Holding d(all, local->input());
    CHECK(a.resize(200'000));
    CHECK_FALSE(b.resize(200'000));  // more than its address may
    CHECK(all.held() == 200'000);
    CHECK(c.resize(200'000));
    CHECK_FALSE(d.resize(300'000));  // more than all may
    CHECK(d.resize(200'000));
    CHECK_FALSE(c.resize(201'000));
    CHECK(b.resize(Budget::little));
    CHECK_FALSE(b.resize(Budget::little + 1));
    CHECK(all.held() == 600'000 + Budget::little);
    CHECK(first->input()->held() == 200'000 + Budget::little);
  }
  CHECK(all.held() == 0);
  CHECK(first->input()->held() == 0);
}
