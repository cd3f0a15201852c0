#include "schema/access_token.hpp"

#include <doctest/doctest.h>

#include "schema/base64.hpp"

using namespace epicura;

namespace {

const std::string key(32, 'k');
const Timestamp noon = *parse_rfc3339("2026-11-20T12:00:00Z");

AccessToken admin_token() {
  return {*Uuid::parse("00000000-0000-7000-8000-000000000001"), Role::admin, "ops@example.org", noon,
          noon + std::chrono::minutes{15}};
}

std::string with_head(const std::string& token, const std::string& head) {
  return base64url(head) + token.substr(token.find('.'));
}

}  // namespace

TEST_CASE("an access token tells who it was signed for") {
  const AccessTokens tokens(key, "https://epicura.example", "epicura");
  const auto read = tokens.verify(tokens.sign(admin_token()), noon);
  REQUIRE(read);
  CHECK(read->subject == admin_token().subject);
  CHECK(read->role == Role::admin);
  CHECK(read->email == "ops@example.org");
  CHECK(read->expires_at == admin_token().expires_at);
}

TEST_CASE("a token of another time, key, issuer or audience is not taken") {
  const AccessTokens tokens(key, "https://epicura.example", "epicura");
  const auto text = tokens.sign(admin_token());
  CHECK_FALSE(tokens.verify(text, noon + std::chrono::minutes{15}));
  CHECK_FALSE(tokens.verify(text, noon - std::chrono::minutes{1}));
  CHECK_FALSE(AccessTokens(std::string(32, 'x'), "https://epicura.example", "epicura").verify(text, noon));
  CHECK_FALSE(AccessTokens(key, "https://evil.example", "epicura").verify(text, noon));
  CHECK_FALSE(AccessTokens(key, "https://epicura.example", "other").verify(text, noon));
}

TEST_CASE("forged and broken tokens are not taken") {
  const AccessTokens tokens(key, "https://epicura.example", "epicura");
  const auto text = tokens.sign(admin_token());
  CHECK_FALSE(tokens.verify(with_head(text, R"({"alg":"none","typ":"at+jwt","kid":"1"})"), noon));
  CHECK_FALSE(tokens.verify(with_head(text, R"({"alg":"HS512","typ":"at+jwt","kid":"1"})"), noon));
  CHECK_FALSE(tokens.verify(with_head(text, R"({"alg":"HS256","typ":"JWT","kid":"1"})"), noon));
  CHECK_FALSE(tokens.verify(with_head(text, R"({"alg":"HS256","typ":"at+jwt","kid":"1","jku":"https://evil"})"), noon));
  CHECK_FALSE(tokens.verify(
      base64url(R"({"alg":"none","typ":"at+jwt","kid":"1"})") + "." + base64url(R"({"role":"admin"})") + ".", noon));
  for (std::size_t cut = 0; cut < text.size(); cut += 7) CHECK_FALSE(tokens.verify(text.substr(0, cut), noon));
  auto flipped = text;
  flipped[text.rfind('.') + 5] ^= 1;
  CHECK_FALSE(tokens.verify(flipped, noon));
  for (const auto& junk : {std::string(), std::string("."), std::string(".."), std::string("a.b.c"),
                           std::string(10'000, 'a'), std::string(5000, '.')}) {
    CHECK_FALSE(tokens.verify(junk, noon));
  }
}

TEST_CASE("a token that was taken before is taken until it expires, and nothing that resembles it") {
  const AccessTokens tokens(key, "https://epicura.example", "epicura");
  const auto text = tokens.sign(admin_token());
  const auto first = tokens.verify(text, noon);
  const auto again = tokens.verify(text, noon + std::chrono::minutes{14});
  REQUIRE(first);
  REQUIRE(again);
  CHECK(again->subject == first->subject);
  CHECK(again->role == first->role);
  CHECK(again->email == first->email);
  CHECK(again->expires_at == first->expires_at);
  for (std::size_t place = 0; place < text.size(); ++place) {
    auto other = text;
    other[place] = other[place] == 'A' ? 'B' : 'A';
    CHECK_FALSE(tokens.verify(other, noon));
  }
  CHECK_FALSE(tokens.verify(text, noon + std::chrono::minutes{15}));
  CHECK_FALSE(tokens.verify(text, noon + std::chrono::minutes{16}));
}

TEST_CASE("more tokens than are remembered are all taken") {
  const AccessTokens tokens(key, "https://epicura.example", "epicura");
  const auto first = tokens.sign(admin_token());
  for (std::size_t i = 0; i <= AccessTokens::max_remembered; ++i)
    CHECK(tokens.verify(tokens.sign(admin_token()), noon));
  CHECK(tokens.verify(first, noon));
}
