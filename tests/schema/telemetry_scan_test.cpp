#include "schema/telemetry_scan.hpp"

#include <doctest/doctest.h>

#include <string>

#include "schema/telemetry_codec.hpp"

using namespace epicura;

namespace {

const Timestamp arrived = *parse_rfc3339("2026-11-20T12:00:00Z");

}  // namespace

TEST_CASE("the usual forms of a device's message are read as the tree reads them") {
  for (
      const auto& [metric, text] : std::vector<std::pair<std::string, std::string>>{
          {"probe.1", R"({"ts":"2026-11-20T11:59:59.5Z","value":181.5,"unit":"C","seq":7})"},
          {"t",
           R"( { "ts" : 1795176000000 , "value" : -2.5e-3 , "session_id" : "0198c0de-0000-7000-8000-00000000abcd" } )"},
          {"", R"({"ts":1795176000000,"seq":0,"values":{"a.b":0,"c":18446744073709551616,"d":1E2},"units":{"c":"g"}})"},
          {"", "[{\"ts\":1795176000000,\"values\":{\"a\":1}},\n{\"ts\":1795175999999,\"values\":{\"a\":1}}]"}}) {
    const auto& payload = text;
    CAPTURE(payload);
    const auto usual = scan_telemetry(metric, payload, arrived);
    REQUIRE(usual);
    CHECK(*usual == decode_telemetry_tree(metric, payload, arrived).readings);
  }
}

TEST_CASE("what is not usual is left to the tree") {
  for (const auto& [metric, text] : std::vector<std::pair<std::string, std::string>>{
           {"t", ""},
           {"t", "{}"},
           {"t", R"({"ts":1795176000000,"value":1)"},
           {"t", R"({"ts":1795176000000,"value":1} x)"},
           {"t", R"({"ts":1795176000000,"value":1,"new":1})"},
           {"t", R"({"ts":1795176000000,"value":1,"value":2})"},
           {"t", R"({"ts":1795176000000,"value":"1"})"},
           {"t", R"({"ts":1795176000000,"value":1e999})"},
           {"t", R"({"ts":1795176000000,"value":01})"},
           {"t", R"({"ts":1795176000000,"value":1.})"},
           {"t", R"({"ts":1795176000000,"value":+1})"},
           {"t", R"({"ts":1795176000000,"value":NaN})"},
           {"t", R"({"ts":1795176000000,"value":1,"seq":-1})"},
           {"t", R"({"ts":1795176000000,"value":1,"seq":9223372036854775808})"},
           {"t", R"({"ts":1795176000000,"value":1,"unit":null})"},
           {"t", R"({"ts":1795176000000,"value":1,"unit":"\u0043"})"},
           {"t", "{\"ts\":1795176000000,\"value\":1,\"unit\":\"\xc2\xb0\"}"},
           {"t", R"({"ts":1,"value":1})"},
           {"t", R"({"ts":-1,"value":1})"},
           {"t", R"([{"ts":1795176000000,"value":1}])"},
           {"", R"({"ts":1795176000000,"values":{}})"},
           {"", R"({"ts":1795176000000,"values":{"a":1,"a":2}})"},
           {"", R"({"ts":1795176000000,"values":{"a b":1}})"},
           {"", R"({"ts":1795176000000,"values":{"a":1},"values":{"b":1}})"},
           {"", R"([])"},
           {"", R"([{"ts":1795176000000,"values":{"a":1}},])"}}) {
    const auto& payload = text;
    CAPTURE(payload);
    CHECK_FALSE(scan_telemetry(metric, payload, arrived));
  }
  std::string many = "[";
  for (std::size_t i = 0; i <= max_readings; ++i) many += R"({"ts":1795176000000,"values":{"a":1}},)";
  many.back() = ']';
  CHECK_FALSE(scan_telemetry("", many, arrived));
}

TEST_CASE("the usual body of an upload") {
  const auto usual = scan_readings(
      R"({"readings":[{"metric":"a.b","value":1.5,"ts":"2026-11-20T12:00:00Z","unit":"C","seq":3},{"metric":"c","value":-1,"ts":1}]})");
  REQUIRE(usual);
  REQUIRE(usual->size() == 2);
  CHECK((*usual)[0] == Reading{"a.b", 1.5, arrived, 3, "C", std::nullopt});
  CHECK((*usual)[1] == Reading{"c", -1, Timestamp{Millis{1}}, -1, "", std::nullopt});
  for (const std::string body :
       {R"({})", R"({"readings":[]})", R"({"readings":[{"metric":"a","value":1}]})",
        R"({"readings":[{"value":1,"ts":1}]})", R"({"readings":[{"metric":"a b","value":1,"ts":1}]})",
        R"({"readings":[{"metric":"a","value":1,"ts":1}],"more":1})",
        R"({"readings":[{"metric":"a","value":1,"ts":1}]}{)"}) {
    CAPTURE(body);
    CHECK_FALSE(scan_readings(body));
  }
}

TEST_CASE("what was cut off is not taken for whole, wherever it was cut") {
  const auto at = *parse_rfc3339("2026-11-20T12:00:00Z");
  const std::string form = R"({"ts":"2026-11-20T12:00:00Z","values":{"a":1,"b":2.5},"units":{"a":"C"},"seq":7})";
  for (const std::string& payload : {form, "[" + form + "]", "[" + form + "," + form + "]"}) {
    CHECK(scan_telemetry("", payload, at));
    for (std::size_t size = 0; size < payload.size(); ++size) {
      CAPTURE(size);
      CHECK_FALSE(scan_telemetry("", payload.substr(0, size), at));
      CHECK(decode_telemetry("", payload.substr(0, size), at).readings.empty());
    }
  }
  const std::string body = R"({"readings":[{"metric":"a","value":1,"ts":"2026-11-20T12:00:00Z"}]})";
  CHECK(scan_readings(body));
  for (std::size_t size = 0; size < body.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(scan_readings(body.substr(0, size)));
  }
}
