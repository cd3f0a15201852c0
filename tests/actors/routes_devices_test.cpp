#include "tests/actors/api_house.hpp"

using namespace epicura;
using namespace epicura::tests;

namespace {

std::string registration(const std::string& id, const std::string& more = {}) {
  return R"({"device_id":")" + id + R"(","firmware_version":"1.4.0")" + more + "}";
}

std::vector<std::string> fields_of(const Json& object) {
  std::vector<std::string> out;
  for (const auto& [name, value] : object.items()) out.push_back(name);
  return out;
}

}  // namespace

TEST_CASE("a new device is registered, once, and gets what it needs to speak MQTT") {
  ApiHouse house;
  const auto id = Uuid::v7();
  const auto answer = house.ask("POST", "/devices/register", {}, registration(id.str(), R"(,"model":"pot-1")"));
  REQUIRE(answer.status == 201);
  CHECK(answer.header("Location") == "/api/v1/devices/" + id.str());
  const auto& device = answer.body["device"];
  CHECK(fields_of(device) == std::vector<std::string>{"cooking_status", "created_at", "firmware_version", "id",
                                                      "last_seen_at", "model", "name", "owner", "reported",
                                                      "session_id", "status", "status_reason"});
  CHECK(device["id"] == id.str());
  CHECK(device["firmware_version"] == "1.4.0");
  CHECK(device["model"] == "pot-1");
  CHECK(device["status"] == "offline");
  CHECK(device["last_seen_at"].is_null());
  CHECK(device["owner"].is_null());
  const auto& mqtt = answer.body["mqtt"];
  CHECK(fields_of(mqtt) == std::vector<std::string>{"client_id", "host", "port", "tls", "username", "websocket_port"});
  CHECK(mqtt["client_id"] == id.str());
  CHECK(mqtt["username"] == id.str());
  const auto token = "Bearer " + answer.body["device_token"].get<std::string>();
  CHECK(house.ask("GET", "/devices/" + id.str(), token).status == 200);
}

TEST_CASE("a known device gets its token again only for the token that it has") {
  ApiHouse house;
  const auto id = house.register_device();
  const auto again = [&](const std::string& authorization) {
    return house.ask("POST", "/devices/register", authorization, registration(id.str()));
  };
  CHECK(again({}).problem(409, "device_known"));
  CHECK(again("Bearer nonsense").problem(409, "device_known"));
  CHECK(again(house.admin()).problem(409, "device_known"));
  CHECK(again(ApiHouse::token(house.register_device())).problem(409, "device_known"));
  const auto known = again(ApiHouse::token(id));
  CHECK(known.status == 200);
  CHECK("Bearer " + known.body["device_token"].get<std::string>() == ApiHouse::token(id));
  house.sql("update devices set token_generation = 2 where id = '" + id.str() + "'");
  CHECK(again(ApiHouse::token(id)).problem(409, "device_known"));
  CHECK(again(ApiHouse::token(id, 2)).status == 200);
}

TEST_CASE("an id in any case is one device; what this version does not know of a device's words is dropped") {
  ApiHouse house;
  const auto id = *Uuid::parse("0198c0de-0000-7000-8000-00000000abcd");
  const auto answer = house.ask("POST", "/devices/register", {},
                                registration("0198C0DE-0000-7000-8000-00000000ABCD", R"(,"color":{"deep":[1]})"));
  CHECK(answer.status == 201);
  CHECK(answer.body["device"]["id"] == id.str());
  CHECK(house.stage.metrics.text().find("epicura_unknown_fields_total{source=\"registration\"} 1\n") !=
        std::string::npos);
  CHECK(house.ask("POST", "/devices/register", {}, registration(id.str())).problem(409, "device_known"));
}

TEST_CASE("a registration that says what is wrong stores nothing") {
  ApiHouse house;
  CHECK(house.ask("POST", "/devices/register", {}, "").status == 422);
  CHECK(house.ask("POST", "/devices/register", {}, "[]").status == 422);
  CHECK(house.ask("POST", "/devices/register", {}, R"({"firmware_version":"1"})").points_at("/device_id"));
  CHECK(house.ask("POST", "/devices/register", {}, registration("no-uuid")).points_at("/device_id"));
  const auto id = Uuid::v7().str();
  CHECK(house.ask("POST", "/devices/register", {}, R"({"device_id":")" + id + R"("})").points_at("/firmware_version"));
  CHECK(house.ask("POST", "/devices/register", {}, registration(id, R"(,"model":7)")).points_at("/model"));
  CHECK(house.ask("GET", "/devices/" + id, house.admin()).status == 404);
}

TEST_CASE("a device is shown as its row says") {
  ApiHouse house;
  const auto id = house.register_device();
  const auto session = Uuid::v7();
  house.sql(
      "update devices set name = 'Küche', status = 'online', status_reason = 'birth', status_epoch = 3, "
      "last_seen_at = '2026-11-20 11:59:59.5+00', cooking_status = 'cooking', session_id = '" +
      session.str() + R"(', reported = '{"lid":"closed"}', created_at = '2026-11-01 00:00:00+00')");
  const auto answer = house.ask("GET", "/devices/" + id.str(), ApiHouse::token(id));
  REQUIRE(answer.status == 200);
  CHECK(answer.body == Json{{"id", id.str()},
                            {"name", "Küche"},
                            {"model", nullptr},
                            {"firmware_version", "1.4.0"},
                            {"status", "online"},
                            {"status_reason", "birth"},
                            {"last_seen_at", "2026-11-20T11:59:59.500Z"},
                            {"cooking_status", "cooking"},
                            {"session_id", session.str()},
                            {"reported", {{"lid", "closed"}}},
                            {"owner", nullptr},
                            {"created_at", "2026-11-01T00:00:00.000Z"}});
  CHECK(house.ask("GET", "/api/v1/devices/" + id.str(), house.admin()).body == answer.body);
}

TEST_CASE("a device that is not the caller's is like one that is not there") {
  ApiHouse house;
  const auto id = house.register_device();
  const auto other = house.register_device();
  const auto path = "/devices/" + id.str();
  for (const auto& answer :
       {house.ask("GET", path, ApiHouse::token(other)), house.ask("GET", path, house.person(Role::user)),
        house.ask("GET", "/devices/" + Uuid::v7().str(), house.admin()),
        house.ask("GET", "/devices/no-uuid", house.admin())}) {
    CHECK(answer.problem(404, "not_found"));
    CHECK(answer.body["detail"] == "there is no such device");
  }
  CHECK(house.ask("GET", path).status == 401);
  CHECK(house.ask("GET", path, ApiHouse::token(id, 2)).status == 401);  // no such generation
  house.sql("update devices set token_generation = 2 where id = '" + id.str() + "'");
  house.clock += TokenGenerations::fresh_for;
  CHECK(house.ask("GET", path, ApiHouse::token(id)).status == 401);  // not honoured once more
  CHECK(house.ask("GET", path, ApiHouse::token(id, 2)).status == 200);
}

TEST_CASE("appliances are devices, and their appliance_id is a device_id") {
  ApiHouse house;
  const auto id = Uuid::v7();
  const auto answer = house.ask("POST", "/api/v1/appliances/register", {},
                                R"({"appliance_id":")" + id.str() + R"(","firmware_version":"1"})");
  CHECK(answer.status == 201);
  CHECK(house.ask("GET", "/appliances/" + id.str(), house.admin()).body["id"] == id.str());
  CHECK(house.ask("GET", "/devices/" + id.str(), house.admin()).status == 200);
}
