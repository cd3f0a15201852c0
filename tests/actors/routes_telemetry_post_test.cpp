#include "bus/subjects.hpp"
#include "schema/telemetry_codec.hpp"
#include "tests/actors/api_house.hpp"

using namespace epicura;
using namespace epicura::tests;

namespace {

// What came into a stream.
struct Recorder {
  bus::Received received;
  bus::Consumer consumer;
  bus::Keeper keeper;

  Recorder(ApiHouse& house, const std::string& stream)
      : consumer(
            house.nats.connection, {stream, "recorder"},
            [this, &house](const bus::Delivery& delivery) { received.take(house.nats.connection, delivery); },
            house.nats.metrics),
        keeper(
            house.nats.connection, bus::small_streams(), {&consumer}, [](const bus::BusState&) {}, house.nats.metrics) {
    REQUIRE(bus::wait_until([this] { return consumer.bound(); }));
  }
  std::vector<std::string> first(std::size_t count) {
    REQUIRE(bus::wait_until([&] { return received.size() >= count; }));
    const std::scoped_lock lock(received.mutex);
    return {received.payloads.begin(), received.payloads.end()};
  }
};

struct Kitchen {
  ApiHouse house;
  Uuid device = house.register_device();
  std::string path = "/devices/" + device.str() + "/telemetry";

  Kitchen() {
    REQUIRE(house.nats.settled());
    house.readiness.nats = house.readiness.streams = true;
    house.readiness.telemetry_max_bytes = 64 * bus::mib;
  }
  Answer post(const std::string& body) { return house.ask("POST", path, ApiHouse::token(device), body); }
  std::vector<std::string> stored(std::size_t count) {
    REQUIRE(bus::wait_until([&] { return house.nats.received.size() >= count; }));
    const std::scoped_lock lock(house.nats.received.mutex);
    return {house.nats.received.payloads.begin(), house.nats.received.payloads.end()};
  }
};

std::string reading(Timestamp ts, double value = 1.5, const std::string& metric = "temperature") {
  return dump_json({{"metric", metric}, {"value", value}, {"ts", format_rfc3339(ts)}});
}
std::string body_of(const std::vector<std::string>& readings) {
  std::string out;
  for (const auto& one : readings) out += (out.empty() ? "" : ",") + one;
  return R"({"readings":[)" + out + "]}";
}

}  // namespace

TEST_CASE("readings are answered 202 once JetStream has them, as one message with all that they say") {
  Kitchen kitchen;
  const auto session = Uuid::v7();
  const auto answer = kitchen.post(
      R"({"readings":[{"metric":"a.b","value":181.5,"ts":"2026-11-20T12:00:00.250Z","unit":"C","seq":7,"session_id":")" +
      session.str() + R"("},{"metric":"t","value":-2,"ts":1795176000000,"color":"red"}]})");
  CHECK(answer.status == 202);
  CHECK(answer.body == Json{{"accepted", 2}, {"refused", Json::array()}});
  CHECK(kitchen.house.stage.metrics.text().find("epicura_unknown_fields_total{source=\"http\"} 1\n") !=
        std::string::npos);
  const auto messages = kitchen.stored(1);
  REQUIRE(messages.size() == 1);
  const auto decoded = decode_telemetry("", messages[0], noon);
  CHECK(decoded.refused.empty());
  REQUIRE(decoded.readings.size() == 2);
  CHECK(decoded.readings[0] == Reading{"a.b", 181.5, noon + Millis{250}, 7, "C", session});
  CHECK(decoded.readings[1] == Reading{"t", -2, noon, -1, "", std::nullopt});
}

TEST_CASE("a reading out of its time is refused alone: said in the answer, and kept with its reason") {
  Kitchen kitchen;
  Recorder letters(kitchen.house, "DEAD_LETTER");
  const auto answer = kitchen.post(
      body_of({reading(noon - reading_oldest - Millis{1}, 1), reading(noon - reading_oldest, 2), reading(noon, 3),
               reading(noon + reading_ahead, 4), reading(noon + reading_ahead + Millis{1}, 5)}));
  CHECK(answer.status == 202);
  CHECK(answer.body == Json{{"accepted", 3},
                            {"refused", {{{"index", 0}, {"code", "bad_time"}}, {{"index", 4}, {"code", "bad_time"}}}}});
  const auto decoded = decode_telemetry("", kitchen.stored(1)[0], noon);
  REQUIRE(decoded.readings.size() == 3);
  CHECK(decoded.readings[0].value == 2);
  CHECK(decoded.readings[2].value == 4);
  for (const auto& text : letters.first(2)) {
    const auto letter = Json::parse(text);
    CHECK(letter["source"] == "http");
    CHECK(letter["code"] == "bad_time");
    CHECK(letter["device_id"] == kitchen.device.str());
  }
  CHECK(kitchen.house.stage.counted("epicura_dead_letters_total", {{"source", "http"}}) == 2);
}

TEST_CASE("when all are refused, there is nothing to store but the letters") {
  Kitchen kitchen;
  Recorder letters(kitchen.house, "DEAD_LETTER");
  const auto answer = kitchen.post(body_of({reading(noon - std::chrono::hours{24 * 8})}));
  CHECK(answer.status == 202);
  CHECK(answer.body["accepted"] == 0);
  CHECK(letters.first(1).size() == 1);
  CHECK(kitchen.post(body_of({reading(noon)})).status == 202);
  CHECK(kitchen.stored(1).size() == 1);
}

TEST_CASE("one malformed reading is 422 for all, says where, and stores nothing") {
  Kitchen kitchen;
  const auto good = reading(noon);
  CHECK(kitchen.post(body_of({good, R"({"metric":"t","value":"hot","ts":0})"})).points_at("/readings/1/value"));
  CHECK(kitchen.post(body_of({good, R"({"metric":"t t","value":1,"ts":0})"})).points_at("/readings/1/metric"));
  CHECK(kitchen.post(body_of({R"({"metric":"t","value":1,"ts":"noon"})", good})).points_at("/readings/0/ts"));
  CHECK(kitchen.post(body_of({R"({"metric":"t","value":1})"})).points_at("/readings/0/ts"));
  CHECK(kitchen.post(body_of({R"({"metric":"t","value":1,"ts":0,"seq":-1})"})).points_at("/readings/0/seq"));
  CHECK(kitchen.post(body_of({R"({"metric":"t","value":1,"ts":0,"session_id":"s"})"}))
            .points_at("/readings/0/session_id"));
  CHECK(kitchen.post(body_of({"7"})).points_at("/readings/0"));
  CHECK(kitchen.post(body_of({})).points_at("/readings"));
  CHECK(kitchen.post("{}").points_at("/readings"));
  CHECK(kitchen.post(R"({"readings":{}})").points_at("/readings"));
  CHECK(kitchen.post(body_of(std::vector<std::string>(1001, good))).points_at("/readings"));
  CHECK(kitchen.post("no JSON").status == 422);
  CHECK(kitchen.post(R"({"readings":[{"metric":"t","value":1e999,"ts":0}]})").status == 422);
  CHECK(kitchen.post(body_of(std::vector<std::string>(1000, good))).status == 202);
  CHECK(kitchen.stored(1).size() == 1);
}

TEST_CASE("while the durable queue has no room, 503 says when to come again; then readings are taken again") {
  Kitchen kitchen;
  auto& readiness = kitchen.house.readiness;
  const auto body = body_of({reading(noon)});
  readiness.backlog = 0.79;
  CHECK(kitchen.post(body).status == 202);
  readiness.backlog = 0.8;
  const auto full = kitchen.post(body);
  CHECK(full.problem(503, "storage_full"));
  CHECK_FALSE(full.header("Retry-After").empty());
  CHECK(kitchen.house.ask("GET", "/devices/" + kitchen.device.str(), ApiHouse::token(kitchen.device)).status == 200);
  readiness.backlog = 0.1;
  CHECK(kitchen.post(body).status == 202);
  CHECK(kitchen.stored(2).size() == 2);
}

TEST_CASE("what was stored since the backlog was measured takes room too") {
  Kitchen kitchen;
  auto& readiness = kitchen.house.readiness;
  readiness.telemetry_max_bytes = 20'000;
  const auto body = body_of(std::vector<std::string>(20, reading(noon)));
  int taken = 0;
  while (kitchen.post(body).status == 202 && taken < 100) ++taken;
  CHECK(taken > 2);
  CHECK(taken < 20);
  CHECK(kitchen.stored(static_cast<std::size_t>(taken)).size() == static_cast<std::size_t>(taken));
  readiness.measured_bytes = readiness.stored_bytes.load();  // the keeper has looked, and the writer was quick
  CHECK(kitchen.post(body).status == 202);
}

TEST_CASE("without JetStream nothing is taken, and with it again, it is") {
  Kitchen kitchen;
  kitchen.house.server.kill();
  const auto body = body_of({reading(noon)});
  const auto away = kitchen.post(body);
  CHECK(away.problem(503, "dependency_away"));
  CHECK_FALSE(away.header("Retry-After").empty());
  kitchen.house.server.start();
  CHECK(bus::wait_until([&] { return kitchen.post(body).status == 202; }));
}

TEST_CASE("only the device itself posts its readings") {
  Kitchen kitchen;
  auto& house = kitchen.house;
  const auto body = body_of({reading(noon)});
  const auto other = house.register_device();
  CHECK(house.ask("POST", kitchen.path, {}, body).status == 401);
  CHECK(house.ask("POST", kitchen.path, ApiHouse::token(other), body).problem(404, "not_found"));
  CHECK(house.ask("POST", kitchen.path, house.admin(), body).status == 403);
  CHECK(house.ask("POST", kitchen.path, ApiHouse::token(kitchen.device, 2), body).status == 401);
  CHECK(
      house.ask("POST", "/api/appliances/" + kitchen.device.str() + "/telemetry", ApiHouse::token(kitchen.device), body)
          .status == 202);
  CHECK(kitchen.stored(1).size() == 1);
}
