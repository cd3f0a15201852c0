#include "schema/recording.hpp"

#include <doctest/doctest.h>

using namespace epicura;

namespace {

const Timestamp at = *parse_rfc3339("2026-11-20T21:05:00.123Z");

RecordedMessage message_with(std::string payload) {
  RecordedMessage out;
  out.at = at;
  out.subject = "epicura.a.telemetry";
  out.payload = std::move(payload);
  return out;
}

std::string without_break(std::string line) {
  REQUIRE(line.ends_with('\n'));
  line.pop_back();
  REQUIRE(line.find('\n') == std::string::npos);
  return line;
}

RecordedMessage back(const RecordedMessage& message) {
  const auto line = parse_recording_line(without_break(encode_line(message)));
  REQUIRE(std::holds_alternative<RecordedMessage>(line));
  return std::get<RecordedMessage>(line);
}

std::string why_not(std::string_view line) {
  const auto parsed = parse_recording_line(line);
  return std::holds_alternative<UnreadableLine>(parsed) ? std::get<UnreadableLine>(parsed).why : "";
}

}  // namespace

TEST_CASE("a message's line says what it says to people") {
  auto message = message_with(R"({"ts": 1.50, "values": {"a": 1e2}})");
  message.seq = 17;
  message.headers = {{"Mqtt-Retain", "1"}};
  CHECK(encode_line(message) ==
        R"({"at":"2026-11-20T21:05:00.123Z","seq":17,"subject":"epicura.a.telemetry","headers":{"Mqtt-Retain":"1"},)"
        R"("payload":{"ts": 1.50, "values": {"a": 1e2}}})"
        "\n");
}

TEST_CASE("every payload comes back byte for byte") {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  for (const std::string& payload : {std::string(),
                                     std::string("0"),
                                     std::string("{}"),
                                     std::string("null"),
                                     std::string(" {}"),
                                     std::string("{} "),
                                     std::string("\t1"),
                                     std::string("{\"a\":\n1}"),
                                     std::string("{\"a\":1}\r"),
                                     std::string(R"({"a":"}\"{"})"),
                                     std::string(R"({"a":1,"a":2})"),
                                     std::string("nan"),
                                     std::string("1.0"),
                                     std::string("1e400"),
                                     std::string(R"("\u0000")"),
                                     std::string("\"\xff\""),
                                     std::string("{\"a\":"),
                                     std::string(1, '\0'),
                                     all,
                                     deep,
                                     std::string("\xef\xbb\xbf{}"),
                                     std::string("[1,2,,]"),
                                     std::string("{'a':1}"),
                                     std::string("\"a\"\t\0\0}}]", 9),
                                     std::string("{}\0", 3)}) {
    CAPTURE(payload.substr(0, 40));
    CHECK(back(message_with(payload)).payload == payload);
  }
}

TEST_CASE("headers and subjects of any text come back") {
  auto message = message_with("1");
  message.subject = "epicura.\"quoted\\.x";
  message.headers = {{"a\"b", "c\\d\x01"}, {"e", ""}};
  const auto read = back(message);
  CHECK(read.subject == message.subject);
  CHECK(read.headers == message.headers);
  CHECK(read.at == at);
  CHECK_FALSE(read.seq);
}

TEST_CASE("heads, gaps and seals come back") {
  RecordingHead head{"some-id", 3, at, "TELEMETRY", {"a.>", "b\"c"}};
  const auto head_line = parse_recording_line(without_break(encode_line(head)));
  REQUIRE(std::holds_alternative<RecordingHead>(head_line));
  const auto& read = std::get<RecordingHead>(head_line);
  CHECK(read.id == head.id);
  CHECK(read.part == 3);
  CHECK(read.begun_at == at);
  CHECK(read.source == "TELEMETRY");
  CHECK(read.subjects == head.subjects);

  const auto gap = parse_recording_line(without_break(encode_line(RecordingGap{at, at + Millis{5}, "w\"hy"})));
  REQUIRE(std::holds_alternative<RecordingGap>(gap));
  CHECK(std::get<RecordingGap>(gap).to == at + Millis{5});
  CHECK(std::get<RecordingGap>(gap).why == "w\"hy");

  for (const auto crc : {std::optional<std::uint32_t>{}, std::optional<std::uint32_t>{0x0badcafe}}) {
    const auto seal = parse_recording_line(without_break(encode_line(RecordingSeal{7, 1, false, crc})));
    REQUIRE(std::holds_alternative<RecordingSeal>(seal));
    CHECK(std::get<RecordingSeal>(seal).messages == 7);
    CHECK(std::get<RecordingSeal>(seal).gaps == 1);
    CHECK_FALSE(std::get<RecordingSeal>(seal).last);
    CHECK(std::get<RecordingSeal>(seal).crc32 == crc);
  }
}

TEST_CASE("a line by hand may have blanks, and its members in any order") {
  const auto line = parse_recording_line(
      "  { \"payload\" : [1, {\"a\": \"]}\"}] ,\t\"subject\":\"epicura.\\u0061.status\", "
      "\"at\":\"2026-11-20T22:05:00+01:00\" }\r");
  REQUIRE(std::holds_alternative<RecordedMessage>(line));
  const auto& message = std::get<RecordedMessage>(line);
  CHECK(message.payload == R"([1, {"a": "]}"}])");
  CHECK(message.subject == "epicura.a.status");
  CHECK(message.at == *parse_rfc3339("2026-11-20T21:05:00Z"));
}

TEST_CASE("what cannot be read is told by its reason") {
  CHECK(why_not("") == "it is no whole JSON object");
  CHECK(why_not("hello") == "it is no whole JSON object");
  CHECK(why_not(R"({"at":"2026-11-20T21:05:00Z","subject":"a","payload":{"b":1)") == "it is no whole JSON object");
  CHECK(why_not(R"({"at":"2026-11-20T21:05:00Z","subject":"a","payload":1}x)") == "it is no whole JSON object");
  CHECK(why_not(R"({"at":"2026-11-20T21:05:00Z","subject":"a"})") == "it has no 'payload'");
  CHECK(why_not(R"({"subject":"a","payload":1})") == "it has no 'at'");
  CHECK(why_not(R"({"at":"yesterday","subject":"a","payload":1})") == "its 'at' cannot be read");
  CHECK(why_not(R"({"at":"2026-11-20T21:05:00Z","subject":"","payload":1})") == "its 'subject' cannot be read");
  CHECK(why_not(R"({"at":"2026-11-20T21:05:00Z","subject":"a","payload":1,"payload_base64":""})") ==
        "it has two payloads");
  CHECK(why_not(R"({"at":"2026-11-20T21:05:00Z","subject":"a","payload_base64":"A"})") ==
        "its 'payload_base64' cannot be read");
  CHECK(why_not(R"({"at":"2026-11-20T21:05:00Z","subject":"a","payload":1,"topic":"b"})") ==
        "'topic' is no member of such a line; legal are at, seq, subject, headers, payload, payload_base64");
  CHECK(why_not(R"({"at":"2026-11-20T21:05:00Z","subject":"a","seq":-1,"payload":1})") == "its 'seq' cannot be read");
  CHECK(why_not(R"({"at":"2026-11-20T21:05:00Z","subject":"a","headers":{"a":1},"payload":1})") ==
        "its 'headers' cannot be read");
  CHECK(why_not(R"({"epicura_recording":2})") == "it is of format 2, and this program reads format 1");
  CHECK(why_not(R"({"messages":"many"})") == "its 'messages' cannot be read");
  CHECK(why_not(R"({"gap":{"from":1}})") == "its 'gap' cannot be read");
  CHECK(why_not(R"({"name":"something else"})") == "it has no 'subject'");
}

TEST_CASE("only what any reader takes for JSON stands in a line as JSON") {
  for (const std::string& payload :
       {std::string("{}\0", 3), std::string("\xef\xbb\xbf{}"), std::string("{} "), std::string()})
    CHECK(encode_line(message_with(payload)).find("payload_base64") != std::string::npos);
}
