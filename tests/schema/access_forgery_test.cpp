#include "tests/schema/access_forgery.hpp"

#include <doctest/doctest.h>

using namespace epicura;
using namespace epicura::tests;

namespace {

const AccessTokens& tokens() {
  static const AccessTokens both({key, old_key}, issuer, "epicura");
  return both;
}

}  // namespace

TEST_CASE("a head that is not ours is refused, even where its proof is right") {
  REQUIRE(tokens().verify(proved(key, head_of(key_id), claims_with()), noon));
  REQUIRE(tokens().verify(proved(old_key, head_of(old_key_id), claims_with()), noon));
  const auto us = R"("alg":"HS256","kid":")" + key_id + R"(","typ":"at+jwt")";
  const auto id = R"("kid":")" + key_id + R"(","typ":"at+jwt")";
  std::vector<std::string> heads;
  for (const auto* algorithm : {"none", "None", "", "HS384", "HS512", "RS256", "ES256", "EdDSA", "hs256"})
    heads.push_back(R"({"alg":")" + std::string(algorithm) + "\"," + id + "}");
  for (const auto* algorithm : {"null", "true", "256", R"(["HS256"])", R"({"HS256":1})"})
    heads.push_back(R"({"alg":)" + std::string(algorithm) + "," + id + "}");
  for (const auto* type : {"JWT", "jwt", "application/at+jwt", "at+JWT", "AT+JWT", "", "at+jwt "})
    heads.push_back(R"({"alg":"HS256","kid":")" + key_id + R"(","typ":")" + type + "\"}");
  for (const auto& kid : {std::string(), std::string("1"), key_id.substr(1), key_id + "0", std::string(16, '0'),
                          std::string("45457145403CE6EE"), std::string("../../dev/null"), old_key_id})
    heads.push_back(head_of(kid));
  for (const auto* name : {"jku", "jwk", "x5u", "x5c", "crit", "b64", "zip", "cty", "x"}) {
    for (const auto* value : {R"("https://evil.example")", R"(["exp"])", "{}", "false"}) {
      heads.push_back("{" + us + ",\"" + name + "\":" + value + "}");
      heads.push_back("{\"" + std::string(name) + "\":" + value + "," + us + "}");
    }
  }
  // A name that comes twice: whichever of the two a parser would take, and also where both are right.
  for (const auto& twice :
       {std::string(R"("alg":"none")"), std::string(R"("alg":"HS256")"), std::string(R"("typ":"JWT")"),
        R"("kid":")" + old_key_id + "\"", R"("kid":")" + key_id + "\"", std::string(R"("\u0061lg":"none")")}) {
    heads.push_back("{" + twice + "," + us + "}");
    heads.push_back("{" + us + "," + twice + "}");
  }
  heads.insert(heads.end(), {R"({"alg":"HS256","typ":"at+jwt"})", "{" + id + "}", "{}", "", "null", "[" + us + "]",
                             "{ " + us + "}", "{" + us + "} ", "{" + us + "}" + std::string(1, '\0'),
                             "{" + us + ",\"a\":\"" + std::string(600, 'a') + "\"}", "[{" + us + "}]",
                             R"({"typ":"at+jwt","kid":")" + key_id + R"(","alg":"HS256"})", std::string(1000, '[')});
  for (const auto& head : heads) {
    CAPTURE(head);
    CHECK_FALSE(tokens().verify(proved(key, head, claims_with()), noon));
    if (head != head_of(old_key_id)) CHECK_FALSE(tokens().verify(proved(old_key, head, claims_with()), noon));
    const auto unproved = base64url(head) + "." + base64url(claims_with());
    CHECK_FALSE(tokens().verify(unproved, noon));
    CHECK_FALSE(tokens().verify(unproved + ".", noon));
  }
}

TEST_CASE("the key that a head names is the one that must have proved it") {
  CHECK_FALSE(tokens().verify(proved(key, head_of(old_key_id), claims_with()), noon));
  CHECK_FALSE(tokens().verify(proved(old_key, head_of(key_id), claims_with()), noon));
  const std::string other(32, 'x');
  CHECK_FALSE(tokens().verify(proved(other, head_of(key_id), claims_with()), noon));
  CHECK_FALSE(tokens().verify(proved(other, head_of(key_id_of(other)), claims_with()), noon));
  CHECK_FALSE(tokens().verify(proved("", head_of(key_id_of("")), claims_with()), noon));
}

TEST_CASE("parts of two genuine tokens make no third") {
  auto token = admin_token();
  const auto admin = tokens().sign(token);
  token.role = Role::user;
  const auto user = tokens().sign(token);
  REQUIRE(tokens().verify(admin, noon));
  REQUIRE(tokens().verify(user, noon));
  CHECK_FALSE(tokens().verify(admin.substr(0, admin.rfind('.')) + user.substr(user.rfind('.')), noon));
  CHECK_FALSE(tokens().verify(user.substr(0, user.rfind('.')) + admin.substr(admin.rfind('.')), noon));
  CHECK_FALSE(tokens().verify(user + admin.substr(admin.rfind('.')), noon));
  CHECK_FALSE(tokens().verify(user + "." + admin, noon));
}

TEST_CASE("claims of another time, place or type are refused, though their proof is right") {
  const auto moment = std::chrono::duration_cast<std::chrono::seconds>(noon.time_since_epoch()).count();
  const auto read = [&](const std::string& claims) {
    return tokens().verify(proved(key, head_of(key_id), claims), noon);
  };
  const auto with = [&](const std::string& more) { return read(claims_with("," + more)); };
  const auto at = [&](const char* name, long seconds) {
    return with("\"" + std::string(name) + "\":" + std::to_string(moment + seconds));
  };
  CHECK(at("exp", 1));
  CHECK_FALSE(at("exp", 0));
  CHECK_FALSE(at("exp", -1));
  for (const auto* name : {"nbf", "iat", "auth_time"}) {
    CAPTURE(name);
    CHECK(at(name, 30));
    CHECK_FALSE(at(name, 31));
  }
  CHECK(with(R"("iss":")" + issuer + "\""));
  for (const auto* iss : {R"("")", R"("https://evil.example")", R"("https://epicura.example/")", "1", "null"})
    CHECK_MESSAGE(!with(R"("iss":)" + std::string(iss)), iss);
  for (const auto* aud : {R"("")", R"("other")", R"(["epicura"])", "1", "null"})
    CHECK_MESSAGE(!with(R"("aud":)" + std::string(aud)), aud);
  for (const auto* name : {"exp", "nbf", "iat", "auth_time"}) {
    for (const auto* value : {R"("1800000000")", "-1", "1.5", "1e9", "null", "true", "[]", "253402300800",
                              "18446744073709551615", "18446744073709551616"}) {
      CAPTURE(name);
      CHECK_MESSAGE(!with("\"" + std::string(name) + "\":" + value), value);
    }
  }
  for (const auto* name : {"sub", "sid"}) {
    CAPTURE(name);
    CHECK(with("\"" + std::string(name) + R"(":"0192F0AA-3b1c-7d2e-8f00-0123456789ab")"));
    for (const auto* value : {R"("")", R"("1")", R"("0192f0aa-3b1c-7d2e-8f00-0123456789abc")", "1", "null", "{}", "[]"})
      CHECK_MESSAGE(!with("\"" + std::string(name) + "\":" + value), value);
  }
  for (const auto* role : {R"("root")", R"("Admin")", R"("")", "1", "null", R"(["admin"])"})
    CHECK_MESSAGE(!with(R"("role":)" + std::string(role)), role);
  for (const auto* email : {"1", "null", "{}"}) CHECK_MESSAGE(!with(R"("email":)" + std::string(email)), email);
  for (const auto& claims :
       {std::string(), std::string("{}"), std::string("null"), "[" + claims_with() + "]", claims_with() + "x",
        claims_with() + std::string(1, '\0'), std::string(1, '\0') + claims_with(), std::string(2000, '[')})
    CHECK_FALSE(read(claims));
}

TEST_CASE("claims that are not there are absent values") {
  const auto moment = std::chrono::duration_cast<std::chrono::seconds>(noon.time_since_epoch()).count();
  const auto bare = R"({"sub":"00000000-0000-7000-8000-000000000001","role":"user","aud":"epicura","iss":")" + issuer +
                    R"(","exp":)" + std::to_string(moment + 900);
  const auto read = tokens().verify(proved(key, head_of(key_id), bare + "}"), noon);
  REQUIRE(read);
  CHECK(read->email.empty());
  CHECK_FALSE(read->family);
  CHECK_FALSE(read->authenticated_at);
  const auto epoch = tokens().verify(proved(key, head_of(key_id), bare + R"(,"auth_time":0})"), noon);
  REQUIRE(epoch);
  CHECK(epoch->authenticated_at == Timestamp{});
}

TEST_CASE("junk of every shape is refused") {
  const auto head = base64url(head_of(key_id));
  std::vector<std::string> all{"", "a", "a.b", "a.b.c", head, head + ".", head + "..", head + ".e30."};
  for (std::size_t dots = 0; dots < 64; ++dots) {
    all.emplace_back(dots, '.');
    all.push_back(head + std::string(dots, '.'));
    all.push_back(head + std::string(dots, '.') + "e30" + std::string(dots, '.'));
  }
  for (const char letter : {'a', '.', '\0', '=', '\xff', '{'}) {
    all.emplace_back(5000, letter);
    all.emplace_back(10'000, letter);
    all.push_back(head + "." + std::string(3000, letter));
    all.push_back(head + "." + std::string(3000, letter) + "." + std::string(43, letter));
    all.push_back(head + "." + std::string(10'000, letter));
  }
  for (const auto& junk : all) CHECK_FALSE(tokens().verify(junk, noon));
  // As long as can be, and a byte more: both are genuine.
  const auto sized = [](std::size_t filling) {
    return proved(key, head_of(key_id), claims_with(R"(,"x":")" + std::string(filling, 'x') + "\""));
  };
  std::size_t filling = 2000;
  while (sized(filling + 1).size() <= 4096) ++filling;
  CHECK(tokens().verify(sized(filling), noon));
  CHECK_FALSE(tokens().verify(sized(filling + 1), noon));
}
