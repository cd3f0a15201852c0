#include "schema/json_text.hpp"

#include <doctest/doctest.h>

#include "schema/bounded_json.hpp"

using namespace epicura;

TEST_CASE("an object written as text is the object that was meant") {
  JsonText text(64);
  text.add("plain", "value")
      .add("number", std::int64_t{-7})
      .add_or_null("there", std::optional<std::string>("it is"))
      .add_or_null("absent", std::optional<std::string>())
      .raw("inner", R"({"a":[1]})");
  const auto json = std::move(text).take();
  CHECK(json == R"({"plain":"value","number":-7,"there":"it is","absent":null,"inner":{"a":[1]}})");
  CHECK(JsonText(0).take() == "{}");
}

TEST_CASE("texts are escaped as JSON wants it, each byte of them") {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string given{'a', static_cast<char>(byte), 'b'};
    std::string out;
    append_json_string(out, given);
    const auto read = Json::parse(out, nullptr, false);
    REQUIRE(read.is_string());
    CHECK(read == (byte < 0x80 ? given
                               : std::string("a\xef\xbf\xbd"
                                             "b")));
    CHECK(out.find_first_of("\n\r\x7f") == std::string::npos);
  }
  std::string out;
  append_json_string(out, "gr\xc3\xbc\xc3\x9f");
  CHECK(out == "\"gr\xc3\xbc\xc3\x9f\"");
}
