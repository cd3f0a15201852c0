#include "schema/telemetry_codec.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>

using namespace epicura;

namespace {

const Timestamp arrived = *parse_rfc3339("2026-11-20T12:00:00Z");

DecodedTelemetry decode(std::string_view metric, std::string_view payload) {
  return decode_telemetry(metric, payload, arrived);
}

// The one refusal of a payload that must have no readings.
Refusal only_refusal(std::string_view metric, std::string_view payload) {
  const auto out = decode(metric, payload);
  CAPTURE(payload);
  CHECK(out.readings.empty());
  REQUIRE(out.refused.size() == 1);
  return out.refused[0].code;
}

}  // namespace

TEST_CASE("a reading on its metric's own topic") {
  const auto out = decode(
      "probe.1",
      R"({"ts":"2026-11-20T11:59:59.5Z","value":181.5,"unit":"C","session_id":"0198c0de-0000-7000-8000-00000000abcd","seq":7,"new":1})");
  CHECK(out.refused.empty());
  REQUIRE(out.readings.size() == 1);
  CHECK(out.readings[0] ==
        Reading{"probe.1", 181.5, arrived - Millis{500}, 7, "C", Uuid::parse("0198c0de-0000-7000-8000-00000000abcd")});
}

TEST_CASE("times are RFC 3339 or milliseconds since 1970") {
  const auto out = decode("t", R"({"ts":1795176000000,"value":1})");
  REQUIRE(out.readings.size() == 1);
  CHECK(format_rfc3339(out.readings[0].ts) == "2026-11-20T12:00:00.000Z");
  CHECK(out.readings[0].seq == -1);
}

TEST_CASE("the form with values, and an array of such") {
  const auto one = decode(
      "",
      R"({"ts":"2026-11-20T12:00:00Z","values":{"temperature":181.5,"humidity":41},"units":{"temperature":"C"},"seq":8})");
  CHECK(one.refused.empty());
  REQUIRE(one.readings.size() == 2);
  const auto many = decode(
      "", R"([{"ts":"2026-11-20T12:00:00Z","values":{"a":1}},{"ts":"2026-11-20T11:00:00Z","values":{"b.c":-2e3}}])");
  CHECK(many.refused.empty());
  REQUIRE(many.readings.size() == 2);
  CHECK(many.readings[1].metric == "b.c");
  CHECK(many.readings[1].value == -2000);
}

TEST_CASE("a bad reading is refused alone, with its place, and those around it are kept") {
  const auto out = decode(
      "",
      R"([{"ts":"2026-11-20T12:00:00Z","values":{"a":1,"b":"NaN","c":3}},7,{"ts":"2026-11-20T12:00:01Z","values":{"a":2}}])");
  CHECK(out.readings.size() == 3);
  REQUIRE(out.refused.size() == 2);
  CHECK(out.refused[0].code == Refusal::bad_value);
  CHECK(out.refused[0].index == 1);
  CHECK(out.refused[0].payload.find("NaN") != std::string::npos);
  CHECK(out.refused[1].index == 3);
}

TEST_CASE("hostile payloads get their reason") {
  CHECK(only_refusal("t", "") == Refusal::bad_json);
  CHECK(only_refusal("t", "{") == Refusal::bad_json);
  CHECK(only_refusal("t", "\xff\xfe") == Refusal::bad_json);
  CHECK(only_refusal("t", "{\"ts\":\"2026-11-20T12:00:00Z\",\"value\":1,\"unit\":\"\xc3\x28\"}") == Refusal::bad_json);
  CHECK(only_refusal("t", R"({"ts":"2026-11-20T12:00:00Z","value":NaN})") == Refusal::bad_json);
  CHECK(only_refusal("t", R"({"ts":"2026-11-20T12:00:00Z","value":1e999})") == Refusal::bad_json);
  CHECK(only_refusal("t", std::string(100'000, '[')) == Refusal::too_deep);
  CHECK(only_refusal("t", std::string((1 << 20) + 1, ' ')) == Refusal::too_large);
  CHECK(only_refusal("t", "[]") == Refusal::bad_value);
  CHECK(only_refusal("", "[]") == Refusal::bad_value);
  CHECK(only_refusal("t", R"({"ts":"2026-11-20T12:00:00Z"})") == Refusal::bad_value);
  CHECK(only_refusal("t", R"({"ts":"2026-11-20T12:00:00Z","value":true})") == Refusal::bad_value);
  CHECK(only_refusal("t", R"({"ts":"2026-11-20T12:00:00Z","value":null})") == Refusal::bad_value);
  CHECK(only_refusal("t", R"({"ts":"2026-11-20T12:00:00Z","value":1,"seq":-1})") == Refusal::bad_value);
  CHECK(only_refusal("t", R"({"ts":"2026-11-20T12:00:00Z","value":1,"seq":1.5})") == Refusal::bad_value);
  CHECK(only_refusal("t", R"({"ts":"2026-11-20T12:00:00Z","value":1,"seq":9223372036854775808})") ==
        Refusal::bad_value);
  CHECK(only_refusal("t", R"({"ts":"2026-11-20T12:00:00Z","value":1,"session_id":"x"})") == Refusal::bad_value);
  CHECK(only_refusal("t", R"({"ts":"2026-11-20T12:00:00Z","value":1,"unit":"a\u0000b"})") == Refusal::bad_value);
  CHECK(only_refusal("", R"({"ts":"2026-11-20T12:00:00Z","values":{"a b":1}})") == Refusal::bad_metric);
  CHECK(only_refusal("", R"({"ts":"2026-11-20T12:00:00Z","values":{"a.b.c.d.e":1}})") == Refusal::bad_metric);
  CHECK(only_refusal("", R"({"ts":"2026-11-20T12:00:00Z","values":{"":1}})") == Refusal::bad_metric);
  CHECK(only_refusal("", R"({"ts":"2026-11-20T12:00:00Z","values":[1]})") == Refusal::bad_value);
}

TEST_CASE("times out of the window are refused by when the message arrived") {
  for (const auto* ts :
       {"\"0001-01-01T00:00:00Z\"", "\"9999-12-31T23:59:59Z\"", "\"infinity\"", "\"2026-11-20T12:05:00.001Z\"",
        "\"2026-11-13T11:59:59.999Z\"", "null", "-1", "1e300", "true", "{}"}) {
    CAPTURE(ts);
    CHECK(only_refusal("t", fmt::format(R"({{"ts":{},"value":1}})", ts)) == Refusal::bad_time);
  }
  for (const auto* ts : {"2026-11-20T12:05:00Z", "2026-11-13T12:00:00Z"}) {
    CAPTURE(ts);
    CHECK(decode("t", fmt::format(R"({{"ts":"{}","value":1}})", ts)).readings.size() == 1);
  }
}

TEST_CASE("a refused part is kept as JSON of at most 4 KiB") {
  const auto out = decode("", R"({"ts":"2026-11-20T12:00:00Z","values":{")" + std::string(10'000, 'm') + R"(":1}})");
  REQUIRE(out.refused.size() == 1);
  CHECK(out.refused[0].payload.size() == 4096);
}

TEST_CASE("a message has at most 1,000 readings; the rest is refused as one") {
  std::string values = R"({"ts":"2026-11-20T12:00:00Z","values":{)";
  for (int i = 0; i < 1500; ++i) values += fmt::format(R"("m{}":{},)", i, i);
  values.back() = '}';
  const auto one = decode("", values + "}");
  CHECK(one.readings.size() == 1000);
  REQUIRE(one.refused.size() == 1);
  CHECK(one.refused[0].code == Refusal::too_large);
  std::string array = "[";
  for (int i = 0; i < 1500; ++i) array += "7,";
  array.back() = ']';
  const auto many = decode("", array);
  CHECK(many.refused.size() == 1001);
  CHECK(many.refused.back().code == Refusal::too_large);
}

TEST_CASE("what HTTP publishes is decoded to the same readings") {
  const std::vector<Reading> readings{{"a", 1.5, arrived, 3, "C", Uuid::parse("0198c0de-0000-7000-8000-00000000abcd")},
                                      {"b.c", -2, arrived - Millis{1}, -1, "", std::nullopt}};
  const auto out = decode("", encode_telemetry(readings));
  CHECK(out.refused.empty());
  CHECK(out.readings == readings);
}

TEST_CASE("fields that are not known are dropped, and counted") {
  CHECK(decode("t", R"({"ts":1795176000000,"value":1,"seq":1})").unknown_fields == 0);
  CHECK(decode("t", R"({"ts":1795176000000,"value":1,"values":{},"new":{"deep":1}})").unknown_fields == 2);
  const auto many =
      decode("", R"([{"ts":1795176000000,"values":{"a":1},"value":2},{"ts":1795176000000,"values":{"a":1},"x":0}])");
  CHECK(many.readings.size() == 2);
  CHECK(many.unknown_fields == 2);
}
