// What broken or bad clients may send over HTTP: each is answered as the contract says, nothing of a refused body is
// stored, the good readings of a body that is taken are, and the program lives.

#include "tests/fault/account.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/fault/stream_reader.hpp"

using namespace epicura;
using namespace epicura::tests;

TEST_CASE("hostile bodies, times and tokens over HTTP") {
  House house;
  const auto program = house.stack.pid("epicura");
  const StreamReader letters(house, bus::dead_letter_stream(usual_dead_letter_bytes));
  const auto devices = house.register_devices(2);
  const auto& device = devices[0];
  const auto url = house.api("/devices/" + device.id.str() + "/telemetry");
  const auto ts = now();
  const auto ms = ts.time_since_epoch().count();
  const auto one = [&](const std::string& metric, const std::string& value, const std::string& time) {
    return fmt::format(R"({{"readings":[{{"metric":"{}","value":{},"ts":{}}}]}})", metric, value, time);
  };
  const auto good = one("temperature", "1", std::to_string(ms));

  const auto expect = [&](int status, const std::string& body, const std::string& token, const std::string& where) {
    auto answer = http_post(where, body, token);
    CHECK_MESSAGE(answer.status == status, answer.status << " for " << body.substr(0, 60) << ": " << answer.body);
    if (answer.status >= 400 && answer.status != 413)
      CHECK(answer.headers.at("content-type").find("application/problem+json") == 0);
    return answer;
  };
  const auto refused = [&](int status, const std::string& body) { expect(status, body, device.token, url); };

  for (const std::string& body :
       {std::string(), std::string("x"), std::string("{"), std::string(100'000, '['), std::string("{}"),
        std::string("[]"), std::string("null"), std::string(R"({"readings":[]})"), std::string(R"({"readings":{}})"),
        std::string(R"({"readings":[1]})"), std::string("{\"readings\":[{\"metric\":\"\xff\"}]}"),
        one("temperature", "NaN", "0"), one("temperature", "1e999", "0"), one("temperature", "Infinity", "0")}) {
    const auto answer = http_post(url, body, device.token);
    CHECK_MESSAGE((answer.status == 400 || answer.status == 422), answer.status << " for " << body.substr(0, 60));
  }
  for (const std::string metric : {"a b", "", "a..b", "a.b.c.d.e", ">", "*", "a/b"})
    refused(422, one(metric, "1", std::to_string(ms)));
  for (const std::string value : {"\"1\"", "null", "[]", "true"}) refused(422, one("power", value, std::to_string(ms)));
  for (const std::string time : {"\"infinity\"", "\"\"", "null", "-1", "1e300", "\"0000-01-01T00:00:00Z\"", "{}"})
    refused(422, one("power", "1", time));
  std::string too_many = R"({"readings":[)";
  for (int i = 0; i < 1001; ++i)
    too_many += fmt::format(R"({}{{"metric":"power","value":1,"ts":{},"seq":{}}})", i ? "," : "", ms, i);
  refused(422, too_many + "]}");
  CHECK(http_post(url, std::string((1 << 20) + 1, ' '), device.token).status == 413);

  // Who may.
  expect(401, good, "", url);
  expect(401, good, "nonsense", url);
  expect(401, good, device.token + "x", url);
  expect(404, good, devices[1].token, url);
  expect(403, good, house.stack.env("EPICURA_ADMIN_TOKEN"), url);

  // Well formed, but out of time: refused one by one, with a dead letter each; the others of the body are stored.
  const auto mixed = expect(202,
                            fmt::format(R"({{"readings":[{{"metric":"power","value":1,"ts":{0},"seq":1}},)"
                                        R"({{"metric":"power","value":2,"ts":"0001-01-01T00:00:00Z"}},)"
                                        R"({{"metric":"power","value":3,"ts":"9999-12-31T23:59:59Z"}},)"
                                        R"({{"metric":"power","value":4,"ts":0}},)"
                                        R"({{"metric":"power","value":5,"ts":{0},"seq":2}}]}})",
                                        ms),
                            device.token, url);
  const auto answer = parse_json(mixed.body);
  REQUIRE_FALSE(answer.refused);
  CHECK(answer.value.at("accepted") == 2);
  CHECK(answer.value.at("refused").size() == 3);
  CHECK(answer.value.at("refused")[0] == Json{{"index", 1}, {"code", "bad_time"}});

  Account account{{device.id, "power", ts, 1, 1}, {device.id, "power", ts, 2, 5}};
  // Each twice, and once more with another value: the first stays.
  for (const double value : {3.0, 3.0, 4.0}) CHECK(house.post_reading(device, ts, 7, value).status == 202);
  account.push_back({device.id, "temperature", ts, 7, 3});
  every_acknowledged_reading_is_in_the_table_exactly_once(house, account);
  CHECK(wait_until([&] { return house.metric("epicura_rows_conflict_total") == 1; }, 5s));
  CHECK(house.database().value("select count(*) from device_telemetry") == std::to_string(account.size()));

  std::vector<Json> found;
  CHECK(wait_until([&] { return (found = letters_of(letters, device.id)).size() == 3; }, 10s));
  for (const auto& letter : found) {
    CHECK(letter.at("source") == "http");
    CHECK(letter.at("code") == "bad_time");
  }
  CHECK(house.stack.pid("epicura") == program);
  CHECK(house.is_ready());
}
