#include "schema/upload_token.hpp"

#include <doctest/doctest.h>

#include "schema/base64.hpp"
#include "schema/hmac_sha256.hpp"

using namespace epicura;

namespace {

const SigningKeys keys{"a key of upload URLs, which has 32 bytes and more"};
const UploadGrant grant{*Uuid::parse("0192f0aa-3b1c-7d2e-8f00-0123456789ab"),
                        *parse_rfc3339("2026-11-20T12:05:00.123Z"), 10u << 20, ImageFormat::webp};

}  // namespace

TEST_CASE("an upload's token says what was granted") {
  const auto text = UploadTokens(keys).issue(grant);
  CHECK(text.size() == 60);
  CHECK(UploadTokens(keys).read(text) == grant);
  CHECK(UploadTokens({"another key of the same length, with 32 bytes", keys.current}).read(text) == grant);
  CHECK_FALSE(UploadTokens({"another key of the same length, with 32 bytes"}).read(text));
}

TEST_CASE("an upload's token is laid out as its header says") {
  const auto bytes = from_base64url(UploadTokens(keys).issue(grant)).value();
  REQUIRE(bytes.size() == 45);
  CHECK(bytes.substr(0, 16) == std::string(grant.id.bytes.begin(), grant.id.bytes.end()));
  CHECK(bytes.substr(24, 5) == std::string("\x00\xa0\x00\x00\x02", 5));
  const auto code = hmac_sha256(keys.current, "upload" + bytes.substr(0, 29));
  CHECK(bytes.substr(29) == std::string(code.data(), 16));
}

TEST_CASE("a token that was changed anywhere is none") {
  const UploadTokens tokens(keys);
  const auto text = tokens.issue(grant);
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto changed = text;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    CHECK_FALSE(tokens.read(changed));
  }
  for (const std::string bad : {"", "AAAA", "..", "%00"}) CHECK_FALSE(tokens.read(bad));
  CHECK_FALSE(tokens.read(text + "A"));
  CHECK_FALSE(tokens.read(text.substr(1)));
  CHECK_FALSE(tokens.read(std::string(60, '=')));
}
