#include "schema/refresh_token.hpp"

#include <doctest/doctest.h>

#include <set>

#include "schema/base64.hpp"
#include "schema/hmac_sha256.hpp"

using namespace epicura;

namespace {

const std::string key = "a key of refresh tokens, 32 bytes and more";
const Uuid family = *Uuid::parse("0192f0aa-3b1c-7d2e-8f00-0123456789ab");

std::string hmac(const std::string& text) {
  const auto code = hmac_sha256(key, text);
  return {code.data(), code.size()};
}

}  // namespace

TEST_CASE("a refresh token tells its family and what the database keeps of it") {
  const RefreshTokens tokens(key);
  const auto issued = tokens.issue(family);
  CHECK(issued.text.size() == 86);
  CHECK(issued.hash.size() == 32);
  const auto read = tokens.read(issued.text);
  REQUIRE(read);
  CHECK(read->family == family);
  CHECK(read->hash == issued.hash);
  CHECK(RefreshTokens(key).read(issued.text)->hash == issued.hash);  // of any process with the key
}

TEST_CASE("a refresh token is laid out as its header says") {
  const auto bytes = from_base64url(RefreshTokens(key).issue(family).text);
  REQUIRE(bytes);
  REQUIRE(bytes->size() == 64);
  CHECK(bytes->substr(0, 16) == std::string(family.bytes.begin(), family.bytes.end()));
  CHECK(bytes->substr(48) == hmac("refresh" + bytes->substr(0, 48)).substr(0, 16));
  CHECK(RefreshTokens(key).read(base64url(*bytes))->hash == hmac("stored" + *bytes));
}

TEST_CASE("a refresh token that was made elsewhere is read: the layout stays") {
  // python3: proved = family + bytes(range(32)); urlsafe_b64encode(proved + hmac.digest(key, b"refresh" + proved,
  // "sha256")[:16])
  const auto read =
      RefreshTokens(key).read("AZLwqjscfS6PAAEjRWeJqwABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fgAw8tdMSjeAYXYBCW_0kQA");
  REQUIRE(read);
  CHECK(read->family == family);
  CHECK(base64url(read->hash) == "DqsbcWFKZPFEIkedq455kc2EwqpDfwCB39jvaGIdfpc");
}

TEST_CASE("no two refresh tokens are the same, also within one family") {
  const RefreshTokens tokens(key);
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const auto issued = tokens.issue(family);
    CHECK(seen.insert(issued.text).second);
    CHECK(seen.insert(issued.hash).second);
    REQUIRE(tokens.read(issued.text));
    CHECK(tokens.read(issued.text)->family == family);
  }
  CHECK(tokens.read(tokens.issue(Uuid::v7()).text)->family != family);
}

TEST_CASE("no bit of a refresh token can be changed, and no letter dropped or added") {
  const RefreshTokens tokens(key);
  const auto text = tokens.issue(family).text;
  REQUIRE(tokens.read(text));
  for (std::size_t place = 0; place < text.size(); ++place) {
    CAPTURE(place);
    for (int bit = 0; bit < 8; ++bit) {
      auto flipped = text;
      flipped[place] = static_cast<char>(flipped[place] ^ 1 << bit);
      CHECK_FALSE(tokens.read(flipped));
    }
    CHECK_FALSE(tokens.read(text.substr(0, place)));
    CHECK_FALSE(tokens.read(text.substr(place + 1)));
    CHECK_FALSE(tokens.read(text.substr(0, place) + text.substr(place + 1)));
    for (const char added : {'A', '\0', ' ', '=', '.'})
      CHECK_FALSE(tokens.read(text.substr(0, place) + added + text.substr(place)));
  }
  // The same within the bytes, where each is spelled as it should be.
  const auto bytes = *from_base64url(text);
  for (std::size_t place = 0; place < bytes.size(); ++place) {
    CAPTURE(place);
    for (int bit = 0; bit < 8; ++bit) {
      auto flipped = bytes;
      flipped[place] = static_cast<char>(flipped[place] ^ 1 << bit);
      CHECK_FALSE(tokens.read(base64url(flipped)));
    }
  }
}

TEST_CASE("a refresh token has one spelling") {
  const RefreshTokens tokens(key);
  const std::string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  bool has_letter_of_url = false;
  for (int i = 0; i < 50; ++i) {
    const auto text = tokens.issue(family).text;
    // The last letter holds two bits of the token; the other four are zero.
    const auto last = letters.find(text.back());
    REQUIRE(last % 16 == 0);
    for (std::size_t spare = 1; spare < 16; ++spare)
      CHECK_FALSE(tokens.read(text.substr(0, 85) + letters[last + spare]));
    auto standard = text;
    for (auto& letter : standard) letter = letter == '-' ? '+' : letter == '_' ? '/' : letter;
    has_letter_of_url = has_letter_of_url || standard != text;
    CHECK(tokens.read(standard).has_value() == (standard == text));
    for (const auto* end : {"=", "==", "\n", " "}) {
      CHECK_FALSE(tokens.read(text + end));
      CHECK_FALSE(tokens.read(end + text));
    }
  }
  CHECK(has_letter_of_url);
}

TEST_CASE("a refresh token of another key, of two tokens, or of no one is refused") {
  const RefreshTokens tokens(key);
  const auto text = tokens.issue(family).text;
  CHECK_FALSE(RefreshTokens(key + "x").read(text));
  CHECK_FALSE(RefreshTokens("").read(text));
  const auto bytes = *from_base64url(text);
  const auto theirs = *from_base64url(tokens.issue(Uuid::v7()).text);
  CHECK_FALSE(tokens.read(base64url(theirs.substr(0, 16) + bytes.substr(16))));
  CHECK_FALSE(tokens.read(base64url(bytes.substr(0, 48) + theirs.substr(48))));
  CHECK(tokens.read(base64url(bytes.substr(0, 48) + bytes.substr(48))));
  // The other use of the key proves nothing, nor does a proof without its label.
  CHECK_FALSE(tokens.read(base64url(bytes.substr(0, 48) + hmac("stored" + bytes.substr(0, 48)).substr(0, 16))));
  CHECK_FALSE(tokens.read(base64url(bytes.substr(0, 48) + hmac(bytes.substr(0, 48)).substr(0, 16))));
  for (const auto& junk : {std::string(), std::string(86, 'A'), std::string(86, '\0'), std::string(86, '='),
                           std::string(10'000, 'A'), text + text})
    CHECK_FALSE(tokens.read(junk));
}
