#include "schema/dead_letter.hpp"

#include <doctest/doctest.h>

#include "schema/base64.hpp"
#include "schema/bounded_json.hpp"

using namespace epicura;

TEST_CASE("a dead letter says what, when, whence and why, and carries the first 4 KiB") {
  const DeadLetter letter{"telemetry",
                          Uuid::parse("0198c0de-0000-7000-8000-00000000abcd"),
                          "epicura.x.telemetry",
                          Refusal::bad_time,
                          "too old",
                          17,
                          std::string(5000, '\xff')};
  const auto json = parse_json(encode(letter, *parse_rfc3339("2026-11-20T12:00:00Z"))).value;
  CHECK(Uuid::parse(json["id"].get<std::string>()));
  CHECK(json["at"] == "2026-11-20T12:00:00.000Z");
  CHECK(json["source"] == "telemetry");
  CHECK(json["device_id"] == "0198c0de-0000-7000-8000-00000000abcd");
  CHECK(json["origin"] == "epicura.x.telemetry");
  CHECK(json["code"] == "bad_time");
  CHECK(json["detail"] == "too old");
  CHECK(json["stream_seq"] == 17);
  CHECK(json["size"] == 5000);
  CHECK(json["payload_b64"] == base64(std::string(4096, '\xff')));
}

TEST_CASE("one message gets at most 16 letters, and the last one says how many more readings are refused") {
  CHECK(as_letters(std::vector<RefusedReading>(16)).back().detail.empty());
  const auto letters = as_letters(std::vector<RefusedReading>(1000));
  CHECK(letters.size() == 16);
  CHECK(letters.back().detail.find("984 more") != std::string::npos);
}

TEST_CASE("what is not known is null, and text that is not UTF-8 does not end the process") {
  const DeadLetter letter{"mqtt", std::nullopt, "epicura/\xff/x", Refusal::illegal_topic, "\xc3\x28", 0, ""};
  const auto json = parse_json(encode(letter, Timestamp{}));
  REQUIRE_FALSE(json.refused);
  CHECK(json.value["device_id"].is_null());
  CHECK(json.value["stream_seq"].is_null());
}

TEST_CASE("a letter is read back as it was written; what is none of ours is not") {
  const auto at = *parse_rfc3339("2026-11-20T12:00:00Z");
  const auto device = Uuid::v7();
  const auto text = encode({"http", device, "epicura.x", Refusal::quota, "why", 17, std::string("a\0b", 3)}, at);
  const auto letter = decode_dead_letter(text);
  REQUIRE(letter);
  CHECK(letter->at == at);
  CHECK(letter->source == "http");
  CHECK(letter->device_id == device);
  CHECK(letter->origin == "epicura.x");
  CHECK(letter->code == "quota");
  CHECK(letter->detail == "why");
  CHECK(letter->stream_seq == 17);
  CHECK(letter->size == 3);
  CHECK(from_base64(letter->payload_b64) == std::string("a\0b", 3));
  const auto without = decode_dead_letter(encode({"mqtt", {}, "", Refusal::quota, "", 0, ""}, at));
  REQUIRE(without);
  CHECK_FALSE(without->device_id);
  CHECK_FALSE(without->stream_seq);

  for (const std::string junk : {"", "junk", "[]", "{}", "7"}) CHECK_FALSE(decode_dead_letter(junk));
  const auto with = [&text](const char* field, const Json& value) {
    auto json = parse_json(text).value;
    json[field] = value;
    return decode_dead_letter(dump_json(json)).has_value();
  };
  CHECK(with("id", Uuid::v7().str()));
  CHECK_FALSE(with("id", "x"));
  CHECK_FALSE(with("at", "noon"));
  CHECK_FALSE(with("origin", std::string("a\0b", 3)));
  CHECK_FALSE(with("detail", nullptr));
  CHECK_FALSE(with("size", -1));
  CHECK_FALSE(with("size", "3"));
  CHECK_FALSE(with("payload_b64", "%"));
  CHECK_FALSE(with("payload_b64", base64(std::string(4097, 'x'))));
}
