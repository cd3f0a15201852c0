#include "http/schemas.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "schema/scope.hpp"

using namespace epicura::http;
using Json = nlohmann::json;

namespace {

constexpr SchemaSource pot{"Pot", R"({
  "type": "object",
  "required": ["id", "lid/state"],
  "additionalProperties": false,
  "properties": {
    "id": {"type": "string", "format": "uuid"},
    "name": {"type": ["string", "null"], "format": "line", "minLength": 1, "maxLength": 8},
    "lid/state": {"type": "string", "enum": ["open", "closed"]},
    "a~b": {"type": "boolean"},
    "mass_g": {"type": "number", "minimum": 0},
    "steps": {"type": "array", "maxItems": 3, "items": {"$ref": "#/components/schemas/Step"}},
    "metric": {"type": "string", "format": "metric"}
  }})"};
constexpr SchemaSource step{"Step", R"({
  "type": "object",
  "required": ["duration_s"],
  "additionalProperties": false,
  "properties": {
    "duration_s": {"type": "integer", "minimum": 1, "maximum": 60},
    "at": {"type": "string", "format": "date-time"},
    "then": {"$ref": "#/components/schemas/Step"}
  }})"};
constexpr SchemaSource both[] = {pot, step};

std::vector<std::string> faults(const char* body) {
  static const Schemas schemas(both);
  std::vector<std::string> out;
  for (const auto& error : schemas.check("Pot", Json::parse(body))) out.push_back(error.pointer + " " + error.code);
  return out;
}

using Faults = std::vector<std::string>;

std::string refusal(SchemaSource source) {
  try {
    const Schemas schemas({&source, 1});
    return {};
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("what fits has no errors") {
  CHECK(faults(R"({"id":"0198c0de-0000-7000-8000-00000000abcd","lid/state":"open"})").empty());
  CHECK(faults(R"({"id":"0198C0DE-0000-7000-8000-00000000abcd","lid/state":"closed","name":null,"a~b":true,"mass_g":0.5,
                   "metric":"a.b","steps":[{"duration_s":60,"at":"2026-11-20T21:00:00+01:00","then":{"duration_s":1}}]})")
            .empty());
}

TEST_CASE("each fault has its pointer and its code, once") {
  CHECK(faults("{}") == Faults{"/id missing", "/lid~1state missing"});
  CHECK(faults("[]") == Faults{" bad_value"});
  CHECK(faults(R"({"id":"no","lid/state":"ajar"})") == Faults{"/lid~1state bad_value", "/id bad_value"});
  const std::string good = R"({"id":"0198c0de-0000-7000-8000-00000000abcd","lid/state":"open",)";
  CHECK(faults((good + R"("a~b":1})").c_str()) == Faults{"/a~0b bad_value"});
  CHECK(faults((good + R"("mass_g":-1})").c_str()) == Faults{"/mass_g bad_value"});
  CHECK(faults((good + R"("nmae":1,"x/y":1})").c_str()) == Faults{"/nmae unknown", "/x~1y unknown"});
  CHECK(faults((good + R"("name":""})").c_str()) == Faults{"/name bad_value"});
  CHECK(faults((good + R"("name":"123456789"})").c_str()) == Faults{"/name bad_value"});
  CHECK(faults((good + R"("name":"a\u0000b"})").c_str()) == Faults{"/name bad_value"});
  CHECK(faults((good + R"("metric":"a b"})").c_str()) == Faults{"/metric bad_metric"});
  CHECK(faults((good + R"("steps":[{"duration_s":0},{"duration_s":1.5},{"then":{"x":1}}]})").c_str()) ==
        Faults{"/steps/0/duration_s bad_value", "/steps/1/duration_s bad_value", "/steps/2/then/duration_s missing",
               "/steps/2/then/x unknown", "/steps/2/duration_s missing"});
  CHECK(faults((good + R"("steps":[{"duration_s":1,"at":"noon"}]})").c_str()) == Faults{"/steps/0/at bad_time"});
  CHECK(faults((good + R"("steps":[1,2]})").c_str()) == Faults{"/steps/0 bad_value", "/steps/1 bad_value"});
  const std::string one = R"({"duration_s":1})";
  CHECK(faults((good + R"("steps":[)" + one + "," + one + "," + one + "," + one + "]}").c_str()) ==
        Faults{"/steps bad_value"});
}

TEST_CASE("enumerated values are written as the schema does, in whatever case they came") {
  const Schemas schemas(both);
  auto body = Json::parse(R"({"lid/state":"OpEn","name":"OPEN","metric":"closed"})");
  schemas.normalize("Pot", body);
  CHECK(body == Json::parse(R"({"lid/state":"open","name":"OPEN","metric":"closed"})"));
  auto wrong = Json::parse(R"({"lid/state":"ajar"})");
  schemas.normalize("Pot", wrong);
  CHECK(wrong["lid/state"] == "ajar");
  Json no_object = 7;
  schemas.normalize("Pot", no_object);
  CHECK(no_object == 7);
}

TEST_CASE("details say what is legal") {
  const Schemas schemas(both);
  const auto detail = [&schemas](const char* name, const char* body) {
    return schemas.check(name, Json::parse(body)).at(0).detail;
  };
  CHECK(detail("Step", R"({"duration_s":61})") == "duration_s is a whole number from 1 to 60");
  CHECK(detail("Step", R"({"duration_s":1,"until":2})") == "unknown field; legal are duration_s, at, then");
  CHECK(detail("Step", "{}") == "duration_s is required");
  CHECK(detail("Step", "7") == "the body is a JSON object");
  CHECK(detail("Pot", R"({"id":1,"lid/state":"open"})") == "id is a UUID");
  CHECK(detail("Pot", R"({"id":"0198c0de-0000-7000-8000-00000000abcd","lid/state":"ajar"})") ==
        "lid/state is one of open, closed");
}

TEST_CASE("hostile values end nothing, and are answered by few errors") {
  const Schemas schemas(both);
  Json many = Json::object();
  for (int i = 0; i < 20'000; ++i) many["field" + std::to_string(i)] = i;
  CHECK(schemas.check("Pot", many).size() == 20);
  // Long texts: regular expressions of the standard library would recurse a frame a character.
  const Json text{{"id", std::string(1'000'000, 'a')}, {"lid/state", std::string(1'000'000, '-')}, {"metric", "a."}};
  CHECK(schemas.check("Pot", text).size() == 3);
  Json nested{{"duration_s", 1}};
  for (int i = 0; i < 30; ++i) nested = Json{{"duration_s", 1}, {"then", nested}};
  CHECK(schemas.check("Step", nested).empty());
}

TEST_CASE("what is to be unique is looked at once, however much there is of it") {
  nlohmann::json many{{"allergies", nlohmann::json::array()}};
  for (int i = 0; i < 30'000; ++i) many["allergies"].push_back(1);  // pair by pair: 450 million
  const auto errors = api_schemas().check("UserChange", many);
  CHECK(!errors.empty());
  CHECK(errors.size() <= 20);
  CHECK(api_schemas().check("UserChange", {{"allergies", {"nuts", "milk"}}}).empty());
  const auto twice = api_schemas().check("UserChange", {{"allergies", {"nuts", "milk", "nuts"}}});
  REQUIRE(twice.size() == 1);
  CHECK(twice[0].pointer == "/allergies");
}

TEST_CASE("a schema that promises what nobody checks is not taken") {
  CHECK(refusal({"A", R"({"type":"string","format":"e-mail"})"}) == "schema A: format e-mail is not known");
  CHECK(refusal({"A", R"({"properties":{"a":{"pattern":"^a+$"}}})"}).starts_with("schema A: a pattern"));
  CHECK(refusal({"A", R"({"$ref":"#/components/schemas/B"})"}).starts_with("schema A: "));
  CHECK(refusal({"A", "[1"}).starts_with("schema A"));
  CHECK(refusal({"A", R"({"type":"kettle"})"}).starts_with("schema A: "));
  CHECK(refusal({"A", R"({"type":"string","format":"uuid"})"}).empty());
}

TEST_CASE("the scopes of the document are those that there are") {
  std::vector<std::string> names;
  for (const auto& one : epicura::all_scopes) names.emplace_back(one.name);
  CHECK(api_schemas().all().at("ApiKeyScope").at("enum").get<std::vector<std::string>>() == names);
}
