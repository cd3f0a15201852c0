// What is refused for coming too often, and how log-ins are paced at which somebody guesses.

#include "tests/actors/api_house.hpp"

using namespace epicura;
using namespace epicura::tests;
using namespace std::chrono_literals;

namespace {

const std::string good_password = "correct horse battery staple";

std::string credentials(const std::string& email, const std::string& password = good_password) {
  return dump_json({{"email", email}, {"password", password}});
}

struct Door : ApiHouse {
  using ApiHouse::ApiHouse;

  Answer sign_up(const std::string& from, const std::string& email = "ada@example.org") {
    peer = from;
    return ask("POST", "/auth/register", {}, credentials(email));
  }
  Answer log_in(const std::string& from, const std::string& password, const std::string& email = "ada@example.org") {
    peer = from;
    return ask("POST", "/auth/login", {}, credentials(email, password));
  }
  Answer guess(const std::string& from, const std::string& email = "ada@example.org") {
    return log_in(from, "not the password", email);
  }
  double refused(const std::string& quota) { return stage.counted("epicura_quota_refused_total", {{"quota", quota}}); }
};

bool is_refused(const Answer& answer) {
  return answer.problem(429, "quota") && !answer.header("Retry-After").empty();
}

}  // namespace

TEST_CASE("a user has so many requests in a minute, and is told with every answer what is left") {
  Door house({.user = 3});
  const auto ada = house.sign_up("192.0.2.1");
  REQUIRE(ada.status == 201);
  const auto token = "Bearer " + ada.body.at("access_token").get<std::string>();
  const auto first = house.ask("GET", "/auth/me", token);
  CHECK(first.status == 200);
  CHECK(first.header("RateLimit-Limit") == "3");
  CHECK(first.header("RateLimit-Remaining") == "2");
  CHECK(first.header("RateLimit-Reset") == "65");
  CHECK(first.header("RateLimit-Policy") == "3;w=60");
  const auto absent = house.ask("GET", "/devices/" + Uuid::v7().str(), token);
  CHECK(absent.status == 404);
  CHECK(absent.header("RateLimit-Remaining") == "1");
  house.peer = "198.51.100.7";  // wherever the user is
  CHECK(house.ask("GET", "/auth/me", token).header("RateLimit-Remaining") == "0");
  const auto refused = house.ask("GET", "/auth/me", token);
  CHECK(is_refused(refused));
  CHECK(refused.header("RateLimit-Remaining") == "0");
  CHECK(refused.header("Retry-After") == refused.header("RateLimit-Reset"));
  CHECK(house.refused("user") == 1);

  CHECK(house.ask("GET", "/auth/me", house.person(Role::user)).header("RateLimit-Remaining") == "2");
  house.moment += std::chrono::seconds{std::stoi(refused.header("Retry-After"))};
  CHECK(house.ask("GET", "/auth/me", token).status == 200);
}

TEST_CASE("an admin's requests are counted, a device's are not; without a quota nobody is told of one") {
  Door house({.user = 2});
  const auto id = house.register_device();
  const auto target = "/devices/" + id.str();
  const auto admin = house.admin();
  CHECK(house.ask("GET", target, admin).header("RateLimit-Remaining") == "1");
  CHECK(house.ask("GET", target, admin).status == 200);
  CHECK(is_refused(house.ask("GET", target, admin)));
  for (int i = 0; i < 4; ++i) {
    const auto own = house.ask("GET", target, ApiHouse::token(id));
    CHECK(own.status == 200);
    CHECK(own.header("RateLimit-Limit").empty());
  }
  CHECK(house.ask("GET", target, "Bearer nonsense").header("RateLimit-Limit").empty());
  CHECK(house.ask("GET", "/health", admin).header("RateLimit-Limit").empty());
}

TEST_CASE("who has no quota of their own is told how their address stands with the one on signing in") {
  Door house({.user = 2, .auth = 4});
  house.peer = "192.0.2.1";
  REQUIRE(house.ask("POST", "/auth/logout", {}, "{}").header("RateLimit-Remaining") == "3");
  for (int i = 0; i < 3; ++i) {
    CHECK(house.ask("GET", "/health").header("RateLimit-Remaining") == "3");
    const auto unknown = house.ask("GET", "/auth/me", "Bearer nonsense");
    CHECK(unknown.status == 401);
    CHECK(unknown.header("RateLimit-Policy") == "4;w=60");
  }
  house.peer = "192.0.2.2";
  CHECK(house.ask("GET", "/health").header("RateLimit-Remaining") == "4");
}

TEST_CASE("a device hands in so many readings in a minute as are good for sixty seconds") {
  Door house({.readings = 20});  // 1,200 in a minute
  const auto id = house.register_device();
  const auto hand_in = [&](int count) {
    Json readings = Json::array();
    for (int i = 0; i < count; ++i)
      readings.push_back({{"metric", "temperature"}, {"value", i}, {"seq", i}, {"ts", format_rfc3339(house.clock)}});
    return house.ask("POST", "/devices/" + id.str() + "/telemetry", ApiHouse::token(id),
                     dump_json({{"readings", readings}}));
  };
  CHECK(house.ask("GET", "/devices/" + id.str(), ApiHouse::token(id)).header("RateLimit-Remaining") == "1200");
  const auto first = hand_in(1000);
  CHECK(first.status != 429);
  CHECK(first.header("RateLimit-Limit") == "1200");
  CHECK(first.header("RateLimit-Remaining") == "200");
  CHECK(is_refused(hand_in(201)));
  CHECK(hand_in(200).header("RateLimit-Remaining") == "0");
  const auto refused = hand_in(1000);
  CHECK(is_refused(refused));
  CHECK(house.refused("readings") == 2);
  house.moment += std::chrono::seconds{std::stoi(refused.header("Retry-After"))};
  CHECK(hand_in(1000).status != 429);
}

TEST_CASE("a token whose session has ended uses up nobody's quota") {
  Door house({.user = 2});
  const auto ada = house.sign_up("192.0.2.1");
  const auto token = "Bearer " + ada.body["access_token"].get<std::string>();
  REQUIRE(house.ask("POST", "/auth/logout", token).status == 204);
  for (int i = 0; i < 4; ++i) CHECK(house.ask("GET", "/auth/me", token).status == 401);
}

TEST_CASE("one who tries one password at many accounts is slow at all of them, but where they are at home") {
  Door house({.failed_log_ins = 1});  // ten of one network in an hour
  const std::string guesser = "198.51.100.7";
  REQUIRE(house.sign_up("192.0.2.1").status == 201);
  REQUIRE(house.sign_up(guesser, "neighbor@example.org").status == 201);
  for (int i = 0; i < 10; ++i) CHECK(house.guess(guesser, std::to_string(i) + "@example.org").status == 401);
  CHECK(house.guess(guesser, "a@example.org").status == 401);  // the turn of this minute
  for (const std::string email : {"b@example.org", "c@example.org", "ada@example.org"})
    CHECK(is_refused(house.log_in(guesser, good_password, email)));
  CHECK(house.log_in(guesser, good_password, "neighbor@example.org").status == 200);
  CHECK(house.log_in("192.0.2.1", good_password).status == 200);
}

TEST_CASE("a network has so many requests of signing in, whatever they say and whichever of its addresses asks") {
  Door house({.auth = 4});
  house.peer = "2001:db8::1";
  const auto first = house.ask("POST", "/auth/login", {}, "no JSON");
  CHECK(first.status == 422);
  CHECK(first.header("RateLimit-Remaining") == "3");
  CHECK(house.ask("POST", "/auth/refresh", {}, dump_json({{"refresh_token", "x"}})).header("RateLimit-Remaining") ==
        "2");
  house.peer = "2001:db8::2:1";
  CHECK(house.ask("POST", "/auth/logout", {}, "{}").header("RateLimit-Remaining") == "1");
  CHECK(house.ask("POST", "/auth/login", "Bearer nonsense", "{}").header("RateLimit-Remaining") == "0");
  const auto hashes = house.stage.counted("epicura_password_hashes_total");
  CHECK(is_refused(house.ask("POST", "/auth/login", {}, "no JSON")));
  CHECK(is_refused(house.ask("POST", "/auth/register", {}, credentials("ada@example.org"))));
  CHECK(house.stage.counted("epicura_password_hashes_total") == hashes);
  CHECK(house.refused("auth") == 2);
  CHECK(house.ask("GET", "/auth/me", house.person(Role::user)).status != 429);  // a user's, not signing in
  house.peer = "2001:db8:0:1::1";
  CHECK(house.ask("POST", "/auth/logout", {}, "{}").header("RateLimit-Remaining") == "3");
  house.peer = "192.0.2.1";
  CHECK(house.ask("POST", "/auth/logout", {}, "{}").header("RateLimit-Remaining") == "3");
}

TEST_CASE("who guesses at one account is slow after some failures; its owner elsewhere notices nothing") {
  Door house({.failed_log_ins = 3});
  REQUIRE(house.sign_up("192.0.2.1").status == 201);
  for (const std::string email : {"ada@example.org", "adele@example.org"}) {  // alike whether or not there is one
    CAPTURE(email);
    const std::string guesser = "198.51.100.7";
    for (int i = 0; i < 4; ++i) CHECK(house.guess(guesser, email).problem(401, "wrong_credentials"));
    const auto hashes = house.stage.counted("epicura_password_hashes_total");
    for (const auto& spelling : {email, "A" + email.substr(1), email}) {
      const auto answer = house.guess(guesser, spelling);
      REQUIRE(is_refused(answer));
      CHECK(std::stoi(answer.header("Retry-After")) <= 60);
    }
    CHECK(house.stage.counted("epicura_password_hashes_total") == hashes);
  }
  CHECK(house.log_in("198.51.100.7", good_password).status == 429);
  CHECK(house.log_in("192.0.2.9", good_password).status == 200);
  house.moment += 60s;
  CHECK(house.log_in("198.51.100.7", good_password).status == 200);  // the owner after all
  CHECK(house.guess("198.51.100.7").status == 401);
  CHECK(house.guess("198.51.100.7").status == 401);
  CHECK(house.stage.counted("epicura_failed_log_ins_total") >= 10);
}

TEST_CASE("an account at which many networks guess is slow for strangers, and not where its owner signed in from") {
  Door house({.failed_log_ins = 2});
  REQUIRE(house.sign_up("192.0.2.1").status == 201);
  for (int i = 0; i < 20; ++i) CHECK(house.guess("198.51.100." + std::to_string(i / 2)).status == 401);
  CHECK(house.guess("203.0.113.1").status == 401);  // the first of a network is heard
  CHECK(is_refused(house.guess("203.0.113.1")));
  CHECK(house.log_in("203.0.113.2", good_password).status == 200);  // so is the owner's, anywhere
  CHECK(house.guess("192.0.2.1").status == 401);
  CHECK(house.log_in("192.0.2.1", good_password).status == 200);  // at home also after a mistake
  CHECK(house.guess("203.0.113.3", "nobody@example.org").status == 401);
  CHECK(house.guess("203.0.113.3", "nobody@example.org").status == 401);
}

TEST_CASE("who holds a token guesses the password no faster than who has none") {
  Door house({.failed_log_ins = 3});
  const auto ada = house.sign_up("192.0.2.1");
  REQUIRE(ada.status == 201);
  const auto token = "Bearer " + ada.body["access_token"].get<std::string>();
  house.peer = "198.51.100.7";
  const auto prove = [&](const std::string& password) {
    return house.ask("POST", "/auth/reauth", token, dump_json({{"password", password}}));
  };
  for (int i = 0; i < 4; ++i) CHECK(prove("not the password").problem(401, "wrong_credentials"));
  const auto hashes = house.stage.counted("epicura_password_hashes_total");
  CHECK(is_refused(prove("not the password")));
  CHECK(is_refused(prove(good_password)));
  CHECK(house.stage.counted("epicura_password_hashes_total") == hashes);
  CHECK(is_refused(house.guess("198.51.100.7")));
  house.moment += 60s;
  CHECK(prove(good_password).status == 200);
  CHECK(prove("not the password").problem(401, "wrong_credentials"));
}
