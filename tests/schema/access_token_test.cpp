#include "schema/access_token.hpp"

#include <doctest/doctest.h>

#include "tests/schema/access_forgery.hpp"

using namespace epicura;
using namespace epicura::tests;

TEST_CASE("an access token tells who it was signed for") {
  const AccessTokens tokens({key}, issuer, "epicura");
  const auto read = tokens.verify(tokens.sign(admin_token()), noon);
  REQUIRE(read);
  CHECK(read->subject == admin_token().subject);
  CHECK(read->role == Role::admin);
  CHECK(read->email == "ops@example.org");
  CHECK(read->issued_at == admin_token().issued_at);
  CHECK(read->expires_at == admin_token().expires_at);
  CHECK_FALSE(read->family);
  CHECK_FALSE(read->authenticated_at);
}

TEST_CASE("an access token tells its log-in and when the password was proved, anew and remembered") {
  const AccessTokens tokens({key}, issuer, "epicura");
  auto token = admin_token();
  token.role = Role::user;
  token.family = Uuid::v7();
  token.authenticated_at = noon - std::chrono::minutes{9};
  const auto text = tokens.sign(token);
  for (int i = 0; i < 2; ++i) {
    const auto read = tokens.verify(text, noon);
    REQUIRE(read);
    CHECK(read->role == Role::user);
    CHECK(read->family == token.family);
    CHECK(read->authenticated_at == token.authenticated_at);
  }
  token.family.reset();
  CHECK_FALSE(tokens.verify(tokens.sign(token), noon)->family);
  CHECK(tokens.verify(tokens.sign(token), noon)->authenticated_at == token.authenticated_at);
}

TEST_CASE("a token of another time, key, issuer or audience is not taken") {
  const AccessTokens tokens({key}, issuer, "epicura");
  const auto text = tokens.sign(admin_token());
  CHECK_FALSE(tokens.verify(text, noon + std::chrono::minutes{15}));
  CHECK_FALSE(tokens.verify(text, noon - std::chrono::seconds{31}));
  CHECK_FALSE(AccessTokens({std::string(32, 'x')}, issuer, "epicura").verify(text, noon));
  CHECK_FALSE(AccessTokens({key}, "https://evil.example", "epicura").verify(text, noon));
  CHECK_FALSE(AccessTokens({key}, issuer, "other").verify(text, noon));
  CHECK(AccessTokens({key}, issuer, "epicura").verify(text, noon - std::chrono::seconds{30}));
}

TEST_CASE("the head says which key, by what follows from the key itself") {
  const auto head = [](const std::string& text) { return from_base64url(text.substr(0, text.find('.'))); };
  CHECK(key_id_of(key) == key_id);
  CHECK(key_id_of(old_key) == old_key_id);
  CHECK(head(AccessTokens({key, old_key}, issuer, "epicura").sign(admin_token())) == head_of(key_id));
  CHECK(head(AccessTokens({old_key}, issuer, "epicura").sign(admin_token())) == head_of(old_key_id));
}

TEST_CASE("when keys rotate, tokens of the previous one are taken, and older ones are not") {
  const std::string oldest(32, 'x');
  const auto of_oldest = AccessTokens({oldest}, issuer, "epicura").sign(admin_token());
  const auto of_old = AccessTokens({old_key, oldest}, issuer, "epicura").sign(admin_token());
  const AccessTokens before({old_key, oldest}, issuer, "epicura");
  CHECK(before.verify(of_oldest, noon));
  CHECK(before.verify(of_old, noon));

  const AccessTokens tokens({key, old_key}, issuer, "epicura");
  for (int i = 0; i < 2; ++i) {  // anew and remembered
    CHECK(tokens.verify(tokens.sign(admin_token()), noon));
    CHECK(tokens.verify(of_old, noon));
    CHECK_FALSE(tokens.verify(of_oldest, noon));
  }
  CHECK_FALSE(tokens.verify(of_old, noon + std::chrono::minutes{15}));
  CHECK_FALSE(before.verify(tokens.sign(admin_token()), noon));
  CHECK_FALSE(AccessTokens({key}, issuer, "epicura").verify(of_old, noon));
  // No previous key is no key, not the empty one.
  const AccessTokens alone({key, ""}, issuer, "epicura");
  CHECK_FALSE(alone.verify(AccessTokens({""}, issuer, "epicura").sign(admin_token()), noon));
}

TEST_CASE("no bit of a token can be changed, no byte dropped or added, and no end cut off") {
  const AccessTokens tokens({key, old_key}, issuer, "epicura");
  for (const bool remembered : {false, true}) {
    CAPTURE(remembered);
    const auto text = tokens.sign(admin_token());
    if (remembered) REQUIRE(tokens.verify(text, noon));
    for (std::size_t place = 0; place < text.size(); ++place) {
      CAPTURE(place);
      for (int bit = 0; bit < 8; ++bit) {
        auto flipped = text;
        flipped[place] = static_cast<char>(flipped[place] ^ 1 << bit);
        CHECK_FALSE(tokens.verify(flipped, noon));
      }
      const auto front = text.substr(0, place);
      CHECK_FALSE(tokens.verify(front, noon));
      CHECK_FALSE(tokens.verify(text.substr(place + 1), noon));
      CHECK_FALSE(tokens.verify(front + text.substr(place + 1), noon));
      for (const char added : {'A', '.', '\0', '=', ' '})
        CHECK_FALSE(tokens.verify(front + added + text.substr(place), noon));
    }
    for (const char added : {'A', '.', '\0', '=', ' ', '\n'}) CHECK_FALSE(tokens.verify(text + added, noon));
    CHECK(tokens.verify(text, noon));
  }
}

TEST_CASE("a token that was taken before is taken until it expires") {
  const AccessTokens tokens({key}, issuer, "epicura");
  const auto text = tokens.sign(admin_token());
  const auto first = tokens.verify(text, noon);
  const auto again = tokens.verify(text, noon + std::chrono::minutes{15} - Millis{1});
  REQUIRE(first);
  REQUIRE(again);
  CHECK(again->subject == first->subject);
  CHECK(again->role == first->role);
  CHECK(again->email == first->email);
  CHECK(again->expires_at == first->expires_at);
  CHECK_FALSE(tokens.verify(text, noon + std::chrono::minutes{15}));
  CHECK_FALSE(tokens.verify(text, noon + std::chrono::minutes{16}));
}

TEST_CASE("more tokens than are remembered are all taken") {
  const AccessTokens tokens({key}, issuer, "epicura");
  const auto first = tokens.sign(admin_token());
  for (std::size_t i = 0; i <= AccessTokens::max_remembered; ++i)
    CHECK(tokens.verify(tokens.sign(admin_token()), noon));
  CHECK(tokens.verify(first, noon));
}
