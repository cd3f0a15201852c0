#include "schema/replay_rewrite.hpp"

#include <doctest/doctest.h>

#include "schema/uuid.hpp"

using namespace epicura;

TEST_CASE("times move wherever they stand, and nothing else changes a byte") {
  const Millis day{86'400'000};
  CHECK(shift_times(R"({"ts":"2026-11-20T21:05:00Z","value":1.50})", day) ==
        R"({"ts":"2026-11-21T21:05:00.000Z","value":1.50})");
  CHECK(shift_times(R"({ "ts" : 1000 , "value":1 })", Millis{-1}) == R"({ "ts" : 999 , "value":1 })");
  CHECK(shift_times(R"([{"ts":1},{"ts":2,"x":{"issued_at":3,"expires_at":"1970-01-01T00:00:00.004Z"}}])", Millis{10}) ==
        R"([{"ts":11},{"ts":12,"x":{"issued_at":13,"expires_at":"1970-01-01T00:00:00.014Z"}}])");
  CHECK(shift_times(R"({"tss":1,"t":2,"unit":"ts","note":"\"ts\":5"})", day) ==
        R"({"tss":1,"t":2,"unit":"ts","note":"\"ts\":5"})");
}

TEST_CASE("what is no time, or would leave the calendar, stays") {
  for (const std::string payload :
       {R"({"ts":1.5})", R"({"ts":1e3})", R"({"ts":true})", R"({"ts":null})", R"({"ts":"soon"})", R"({"ts":)",
        R"({"ts")", R"({"ts":"2026)", R"({"ts":"9999-12-31T23:59:59Z"})", R"({"ts":99999999999999999999})",
        R"({"ts":["a"]})", "", "\"ts\":", "\xff\xfe\"ts", R"({"ts":9223372036854775807})"}) {
    CAPTURE(payload);
    CHECK(shift_times(payload, Millis{1000}) == payload);
  }
  CHECK(shift_times(R"({"ts":"0001-01-01T00:00:00Z"})", Millis{-1}) == R"({"ts":"0001-01-01T00:00:00Z"})");
}

TEST_CASE("a device's other id stands in the subject and in the payload") {
  const std::string one = "01234567-89ab-4cde-8f01-23456789abcd";
  const std::string other = "99999999-89ab-4cde-8f01-23456789abcd";
  auto mapping = DeviceMapping::from_table({{one, other}});
  std::string subject = "epicura." + one + ".status";
  std::string payload = R"({"device":")" + one + R"(","again":")" + one + "\"}";
  mapping.apply(subject, payload);
  CHECK(subject == "epicura." + other + ".status");
  CHECK(payload == R"({"device":")" + other + R"(","again":")" + other + "\"}");

  std::string unknown = "epicura." + other + ".status";
  mapping.apply(unknown, payload);
  CHECK(unknown == "epicura." + other + ".status");
}

TEST_CASE("a seed's ids are ids, depend on seed and device alone, and leave other subjects be") {
  const std::string one = "01234567-89ab-4cde-8f01-23456789abcd";
  const auto mapped = [&one](const std::string& seed) {
    auto mapping = DeviceMapping::from_seed(seed);
    std::string subject = "epicura." + one + ".status";
    std::string payload;
    mapping.apply(subject, payload);
    return subject.substr(8, 36);
  };
  const auto id = mapped("a");
  CHECK(id != one);
  CHECK(id == mapped("a"));
  CHECK(id != mapped("b"));
  REQUIRE(Uuid::parse(id));
  CHECK(id[14] == '8');

  auto mapping = DeviceMapping::from_seed("a");
  for (const std::string subject : {"epicura.short.status", "cloud.jobs.x", "epicura", "epicura.", "",
                                    "epicura.01234567-89AB-4CDE-8F01-23456789ABCD.status"}) {
    std::string same = subject;
    std::string payload;
    mapping.apply(same, payload);
    CHECK(same == subject);
  }
}
