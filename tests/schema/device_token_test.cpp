#include "schema/device_token.hpp"

#include <doctest/doctest.h>

#include "schema/base64.hpp"

using namespace epicura;

namespace {

const std::string key = "0123456789abcdef0123456789abcdef";
const Uuid pot = *Uuid::parse("0192f0aa-3b1c-7d2e-8f00-0123456789ab");

}  // namespace

TEST_CASE("a device token says who and which generation") {
  const std::string text = make_device_token(key, {pot, 7});
  CHECK(text.starts_with("epd1.0192f0aa-3b1c-7d2e-8f00-0123456789ab.7."));
  const auto token = verify_device_token(key, text);
  REQUIRE(token);
  CHECK(token->device_id == pot);
  CHECK(token->generation == 7);
}

TEST_CASE("the proof is HMAC-SHA256 over what stands before it") {
  // python3: base64.urlsafe_b64encode(hmac.new(key, b"epd1.<id>.1", hashlib.sha256).digest())
  CHECK(make_device_token(key, {pot, 1}) ==
        "epd1.0192f0aa-3b1c-7d2e-8f00-0123456789ab.1.q0-akxvCRK-DEz8vu-2xSjPtyflkfrqxvPLfOgfpVH0");
}

TEST_CASE("the largest generation fits") {
  CHECK(verify_device_token(key, make_device_token(key, {pot, 4294967295U})));
}

TEST_CASE("no byte of a token can be changed, dropped or added") {
  const std::string text = make_device_token(key, {pot, 12});
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const char other : {'A', '0', '.', '\0'}) {
      if (text[i] == other) continue;
      std::string changed = text;
      changed[i] = other;
      CHECK_FALSE(verify_device_token(key, changed));
    }
    CHECK_FALSE(verify_device_token(key, text.substr(0, i)));
    CHECK_FALSE(verify_device_token(key, text.substr(0, i) + "x" + text.substr(i)));
  }
  CHECK_FALSE(verify_device_token(key, text + "="));
  CHECK_FALSE(verify_device_token(key, text + std::string(1 << 20, 'A')));
}

TEST_CASE("another key, another device's proof, and other spellings of the same are refused") {
  const std::string text = make_device_token(key, {pot, 1});
  CHECK_FALSE(verify_device_token("another key, also of 32 bytes...", text));
  CHECK_FALSE(verify_device_token("", text));

  const Uuid other = *Uuid::parse("0192f0aa-3b1c-7d2e-8f00-0123456789ac");
  const std::string theirs = make_device_token(key, {other, 1});
  CHECK_FALSE(verify_device_token(key, text.substr(0, 44) + theirs.substr(44)));

  std::string upper = text;
  for (std::size_t i = 5; i < 41; ++i) upper[i] = static_cast<char>(std::toupper(upper[i]));
  CHECK_FALSE(verify_device_token(key, upper));
  CHECK_FALSE(verify_device_token(key, make_device_token(key, {pot, 0})));
  std::string zero = text;
  zero.insert(42, "0");
  CHECK_FALSE(verify_device_token(key, zero));
}
