// A person's own account: what it shows, and what its owner changes.

#include "tests/actors/accounts.hpp"

using namespace epicura;
using namespace epicura::tests;

namespace {

struct Profile : Accounts {
  Answer get(const Answer& who, const std::string& seen = {}) {
    usual.if_none_match = seen;
    auto answer = ask("GET", "/users/me", bearer(who));
    usual.if_none_match.clear();
    return answer;
  }
  Answer patch(const Answer& who, const std::string& body, const std::string& seen = {}) {
    usual.if_match = seen;
    auto answer = ask("PATCH", "/users/me", bearer(who), body);
    usual.if_match.clear();
    return answer;
  }
};

}  // namespace

TEST_CASE("one's account is the one of /auth/me, with a tag by which a client knows that it is still so") {
  Profile house;
  const auto ada = house.sign_up("ada@example.org");
  const auto first = house.get(ada);
  REQUIRE(first.status == 200);
  CHECK(first.body == house.me(ada).body);
  CHECK(first.header("Cache-Control") == "private, no-cache");
  CHECK(first.header("Vary") == "Authorization");
  const auto tag = first.header("ETag");
  CHECK(house.get(ada, tag).status == 304);
  CHECK(house.get(ada, tag).header("ETag") == tag);
  REQUIRE(house.patch(ada, R"({"name":"Ada L."})").status == 200);
  CHECK(house.get(ada, tag).status == 200);
  CHECK(house.get(ada).header("ETag") != tag);
  CHECK(house.ask("GET", "/users/me", house.admin()).problem(403, "forbidden"));  // a token of nobody's account
}

TEST_CASE("what is given is changed, and all else stays; enumerated values are read in any case") {
  Profile house;
  const auto ada = house.sign_up("ada@example.org");
  auto user = house
                  .patch(ada, R"({"dietary_preferences":["Vegan"],"preferences":{"spice_level":"EXTRA_HOT",
                                   "units":"Metric","serving_size":4,"language":"PT-br","favorite_cuisines":["thai"]}})")
                  .body;
  CHECK(user["dietary_preferences"] == Json::array({"Vegan"}));
  CHECK(user["preferences"] == Json{{"spice_level", "extra_hot"},
                                    {"units", "metric"},
                                    {"serving_size", 4},
                                    {"language", "pt-BR"},
                                    {"favorite_cuisines", Json::array({"thai"})}});
  user = house
             .patch(ada,
                    R"({"name":"Zo\u00eb","allergies":["nuts","milk"],"preferences":{"units":null,"serving_size":2}})")
             .body;
  CHECK(user["name"] == "Zo\u00eb");
  CHECK(user["allergies"] == Json::array({"nuts", "milk"}));
  CHECK(user["dietary_preferences"] == Json::array({"Vegan"}));
  CHECK_FALSE(user["preferences"].contains("units"));
  CHECK(user["preferences"]["serving_size"] == 2);
  CHECK(user["preferences"]["spice_level"] == "extra_hot");
  CHECK(house.patch(ada, R"({"allergies":[]})").body["allergies"] == Json::array());
  CHECK(house.me(ada).body["email"] == "ada@example.org");
}

TEST_CASE("what cannot be kept is refused with the place where it stands, and nothing is changed") {
  Profile house;
  const auto ada = house.sign_up("ada@example.org");
  const auto before = house.me(ada).body;
  std::string many = R"(["0")";
  for (int i = 1; i <= 50; ++i) many += ",\"" + std::to_string(i) + "\"";
  many += "]";
  const std::string long_word = "\"" + std::string(65, 'x') + "\"";
  for (const auto& [body, pointer] : std::vector<std::pair<std::string, std::string>>{
           {"{}", ""},
           {"[]", ""},
           {"{", ""},
           {R"({"email":"x@example.org"})", "/email"},
           {R"({"role":"admin"})", "/role"},
           {R"({"name":""})", "/name"},
           {R"({"name":null})", "/name"},
           {R"({"name":"a\nb"})", "/name"},
           {R"({"name":"a\u0000b"})", "/name"},
           {"{\"name\":\"" + std::string(101, 'x') + "\"}", "/name"},
           {R"({"allergies":"nuts"})", "/allergies"},
           {R"({"allergies":null})", "/allergies"},
           {R"({"allergies":["nuts","nuts"]})", "/allergies"},
           {R"({"allergies":["nuts",7]})", "/allergies/1"},
           {R"({"allergies":[""]})", "/allergies/0"},
           {R"({"allergies":["a\tb"]})", "/allergies/0"},
           {"{\"allergies\":[" + long_word + "]}", "/allergies/0"},
           {"{\"dietary_preferences\":" + many + "}", "/dietary_preferences"},
           {R"({"preferences":null})", "/preferences"},
           {R"({"preferences":{"color":"red"}})", "/preferences/color"},
           {R"({"preferences":{"spice_level":"lethal"}})", "/preferences/spice_level"},
           {R"({"preferences":{"spice_level":3}})", "/preferences/spice_level"},
           {R"({"preferences":{"serving_size":0}})", "/preferences/serving_size"},
           {R"({"preferences":{"serving_size":2.5}})", "/preferences/serving_size"},
           {R"({"preferences":{"units":"cubits"}})", "/preferences/units"},
           {R"({"preferences":{"language":"german"}})", "/preferences/language"},
           {"{\"preferences\":{\"favorite_cuisines\":" + many + "}}", "/preferences/favorite_cuisines"}})
    CHECK_MESSAGE(house.patch(ada, body).points_at(pointer), body);
  CHECK(house.patch(ada, "{\"preferences\":" + std::string(1000, '[')).status == 422);
  CHECK(house.me(ada).body == before);
  CHECK(house.patch(ada, "{\"allergies\":[\"" + std::string(64, 'x') + "\"]}").status == 200);
}

TEST_CASE("with If-Match only what one has seen is changed") {
  Profile house;
  const auto ada = house.sign_up("ada@example.org");
  const auto tag = house.get(ada).header("ETag");
  const auto changed = house.patch(ada, R"({"name":"Ada L."})", tag);
  REQUIRE(changed.status == 200);
  CHECK(house.patch(ada, R"({"name":"Ada B."})", tag).problem(412, "precondition_failed"));
  CHECK(house.me(ada).body["name"] == "Ada L.");
  const auto newer = changed.header("ETag");
  CHECK(newer == house.get(ada).header("ETag"));
  CHECK(house.patch(ada, R"({"name":"Ada B."})", "\"x\", W/" + newer).status == 200);
  CHECK(house.patch(ada, R"({"name":"Ada C."})", "*").status == 200);
  CHECK(house.patch(ada, R"({"nmae":"Ada D."})", tag).points_at("/nmae"));  // what is wrong anyway comes first
  // A refresh, a log-in or a wrong code changes the row, but nothing of what the tag stands for.
  const auto latest = house.get(ada).header("ETag");
  house.sql("update users set mfa_tries = mfa_tries + 1");
  CHECK(house.patch(ada, R"({"name":"Ada D."})", latest).status == 200);
}

TEST_CASE("nobody has cooked yet") {
  Profile house;
  const auto ada = house.sign_up("ada@example.org");
  const auto list = house.ask("GET", "/users/me/cook-sessions?limit=5", bearer(ada));
  REQUIRE(list.status == 200);
  CHECK(list.body == Json{{"items", Json::array()}, {"next_cursor", nullptr}, {"total", 0}});
  CHECK(house.ask("GET", "/users/me/cook-sessions?limit=0", bearer(ada)).status == 422);
  CHECK(house.ask("GET", "/users/me/cook-sessions?cursor=x", bearer(ada)).points_at("/query/cursor"));
}
