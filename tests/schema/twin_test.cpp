#include "schema/twin.hpp"

#include <doctest/doctest.h>

using namespace epicura;

namespace {

const Timestamp noon = *parse_rfc3339("2026-11-20T12:00:00Z");

Reading reading(std::string metric, double value, int at_ms, std::int64_t seq = -1) {
  return {std::move(metric), value, noon + Millis{at_ms}, seq, "C", std::nullopt};
}

}  // namespace

TEST_CASE("a twin keeps the newest value of each metric, whatever the order of delivery") {
  Twin twin;
  CHECK(twin.apply(reading("t", 2, 2)));
  CHECK_FALSE(twin.apply(reading("t", 1, 1)));
  CHECK_FALSE(twin.apply(reading("t", 9, 2)));
  CHECK(twin.apply(reading("t", 3, 2, 1)));
  CHECK(twin.apply(reading("h", 40, 0)));
  REQUIRE(twin.latest().size() == 2);
  CHECK(twin.latest()[0].value == 3);
  CHECK(twin.latest()[1].metric == "h");
}

TEST_CASE("a twin has at most 64 metrics") {
  Twin twin;
  for (int i = 0; i < 64; ++i) CHECK(twin.apply(reading("m" + std::to_string(i), i, 0)));
  CHECK_FALSE(twin.apply(reading("one_more", 1, 0)));
  CHECK(twin.apply(reading("m7", 1, 5)));
}

TEST_CASE("a late will of an old connection never marks a newer one offline") {
  Twin twin;
  CHECK(twin.apply(DeviceStatus{true, 41, ""}, {noon}));
  CHECK(twin.apply(DeviceStatus{true, 42, ""}, {noon + Millis{10}}));
  CHECK_FALSE(twin.apply(DeviceStatus{false, 41, ""}, {noon + Millis{20}}));
  CHECK(twin.presence().online);
  CHECK(twin.apply(DeviceStatus{false, 42, ""}, {noon + Millis{30}}));
  CHECK_FALSE(twin.apply(DeviceStatus{true, 42, ""}, {noon + Millis{10}}));  // the birth, redelivered
  CHECK_FALSE(twin.presence().online);
  CHECK_FALSE(twin.apply(DeviceStatus{true, 42, ""}, {noon + Millis{99}, true}));  // the retained birth, told again
  CHECK(twin.apply(DeviceStatus{true, 43, ""}, {noon + Millis{99}, true}));
}

TEST_CASE("what a connection said comes before its retained birth, in whichever order they arrive") {
  Twin twin;
  CHECK(twin.apply(DeviceStatus{true, 5, ""}, {noon + Millis{20}, true}));
  CHECK_FALSE(twin.apply(DeviceStatus{true, 5, ""}, {noon + Millis{30}, true}));  // told once more
  CHECK(twin.apply(DeviceStatus{true, 5, ""}, {noon}));                           // redelivered
  CHECK(twin.apply(DeviceStatus{false, 5, ""}, {noon + Millis{10}}));
  CHECK_FALSE(twin.presence().online);
  CHECK_FALSE(twin.apply(DeviceStatus{true, 5, ""}, {noon + Millis{40}, true}));
  CHECK_FALSE(twin.presence().online);
}

TEST_CASE("a birth and its will within a millisecond are told apart") {
  const StoredTime birth = noon;
  const StoredTime will = birth + std::chrono::microseconds{7};
  Twin twin;
  CHECK(twin.apply(DeviceStatus{true, 1, ""}, {birth}));
  CHECK(twin.apply(DeviceStatus{false, 1, ""}, {will}));
  CHECK_FALSE(twin.apply(DeviceStatus{true, 1, ""}, {birth}));
  CHECK_FALSE(twin.presence().online);
}

TEST_CASE("a status message is read, or refused with its reason") {
  CHECK(std::get<DeviceStatus>(decode_status(R"({"state":"online","epoch":42,"firmware":"1.4.0","more":1})").result) ==
        DeviceStatus{true, 42, "1.4.0"});
  CHECK(decode_status(R"({"state":"online","epoch":42,"firmware":"1.4.0","more":1})").unknown_fields == 1);
  CHECK(std::get<DeviceStatus>(decode_status(encode_status({false, 7, ""})).result) == DeviceStatus{false, 7, ""});
  for (const auto* payload :
       {"", "[]", "{}", R"({"state":"online"})", R"({"state":"on","epoch":1})", R"({"state":1,"epoch":1})",
        R"({"state":"online","epoch":-1})", R"({"state":"online","epoch":1.5})", R"({"state":"online","epoch":"1"})",
        R"({"state":"online","epoch":9223372036854775808})", R"({"state":"online","epoch":1,"firmware":5})",
        R"({"state":"online","epoch":1,"firmware":"\u0000"})"}) {
    CAPTURE(payload);
    CHECK(std::holds_alternative<RefusedReading>(decode_status(payload).result));
  }
}
