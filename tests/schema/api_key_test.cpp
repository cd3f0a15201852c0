#include "schema/api_key.hpp"

#include <doctest/doctest.h>

#include <set>

#include "schema/base64.hpp"
#include "schema/hmac_sha256.hpp"

using namespace epicura;

namespace {

const SigningKeys keys{"a key of API keys, which has 32 bytes and more"};
const Uuid id = *Uuid::parse("0192f0aa-3b1c-7d2e-8f00-0123456789ab");

std::string hmac(const std::string& text) {
  const auto code = hmac_sha256(keys.current, text);
  return {code.data(), code.size()};
}

}  // namespace

TEST_CASE("an API key tells its id and what the database keeps of it") {
  const auto issued = ApiKeys(keys).issue(id);
  CHECK(issued.text.size() == 90);
  CHECK(issued.text.starts_with("epk_"));
  CHECK(issued.hash.size() == 32);
  const auto read = ApiKeys(keys).read(issued.text);  // of any process with the key
  REQUIRE(read);
  CHECK(read->id == id);
  CHECK(read->hash == issued.hash);
}

TEST_CASE("an API key is laid out as its header says") {
  const auto bytes = from_base64url(ApiKeys(keys).issue(id).text.substr(4));
  REQUIRE(bytes);
  REQUIRE(bytes->size() == 64);
  CHECK(bytes->substr(0, 16) == std::string(id.bytes.begin(), id.bytes.end()));
  CHECK(bytes->substr(48) == hmac("api-key" + bytes->substr(0, 48)).substr(0, 16));
  CHECK(ApiKeys(keys).read("epk_" + base64url(*bytes))->hash == hmac("stored" + *bytes));
}

TEST_CASE("an API key that was made elsewhere is read: the layout stays") {
  // python3: proved = id + bytes(range(32)); "epk_" + urlsafe_b64encode(proved + hmac.digest(key, b"api-key" + proved,
  // "sha256")[:16])
  const auto read =
      ApiKeys(keys).read("epk_AZLwqjscfS6PAAEjRWeJqwABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fMNYxNw-BywJ76e07Otze_Q");
  REQUIRE(read);
  CHECK(read->id == id);
  CHECK(base64url(read->hash) == "lI9TTwT649ulg7mlBSYCtcX1M6nUzbMlcoF7mErMPdw");
}

TEST_CASE("no two API keys are the same, also of one id") {
  const ApiKeys api_keys(keys);
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const auto issued = api_keys.issue(id);
    CHECK(seen.insert(issued.text).second);
    CHECK(seen.insert(issued.hash).second);
  }
}

TEST_CASE("no bit of an API key can be changed, and no letter dropped or added") {
  const ApiKeys api_keys(keys);
  const auto text = api_keys.issue(id).text;
  const auto bytes = *from_base64url(text.substr(4));
  for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
    auto other = bytes;
    other[i / 8] = static_cast<char>(other[i / 8] ^ (1 << (i % 8)));
    CHECK_FALSE(api_keys.read("epk_" + base64url(other)));
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto cut = text;
    cut.erase(i, 1);
    CHECK_FALSE(api_keys.read(cut));
    CHECK_FALSE(api_keys.read(text.substr(0, i)));
  }
  for (const std::string& other : {text + "A", text + "=", " " + text, text + "\n", "EPK_" + text.substr(4),
                                   text.substr(4), std::string(), std::string(90, 'A')})
    CHECK_FALSE(api_keys.read(other));
}

TEST_CASE("while a key is replaced, what the one before it made is good, under the same hash") {
  const SigningKeys next{"another key of API keys, of 32 bytes and more", keys.current};
  const auto old = ApiKeys(keys).issue(id);
  REQUIRE(ApiKeys(next).read(old.text));
  CHECK(ApiKeys(next).read(old.text)->hash == old.hash);
  const auto made = ApiKeys(next).issue(id);
  CHECK(ApiKeys(next).read(made.text)->hash == made.hash);
  CHECK_FALSE(ApiKeys(keys).read(made.text));
  CHECK_FALSE(ApiKeys({next.current}).read(old.text));
}
