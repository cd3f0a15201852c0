#include "actors/dead_letter_replay.hpp"

#include <doctest/doctest.h>

#include "bus/subjects.hpp"
#include "schema/bounded_json.hpp"
#include "schema/telemetry_codec.hpp"

using namespace epicura;

namespace {

const std::string device = "0198c0de-0000-7000-8000-00000000abcd";
const std::string subject = "epicura." + device + ".telemetry.temperature";

auto replay(const std::string& source, const std::string& origin, const std::string& payload, std::int64_t more = 0) {
  return replay_of({source, origin, static_cast<std::int64_t>(payload.size()) + more, payload});
}
// Where it goes and what; empty: nowhere.
std::pair<std::string, std::string> sent(const std::string& source, const std::string& origin,
                                         const std::string& payload, std::int64_t more = 0) {
  const auto out = replay(source, origin, payload, more);
  const auto* message = std::get_if<bus::Outgoing>(&out);
  return message ? std::pair(message->subject, message->payload) : std::pair<std::string, std::string>();
}
bool stays(const std::string& source, const std::string& origin, const std::string& payload, std::int64_t more = 0) {
  return sent(source, origin, payload, more).first.empty();
}

}  // namespace

TEST_CASE("what a device sent goes out again as it was, on the subject it came on") {
  for (const std::string source : {"telemetry", "device", "http", "mqtt"})
    CHECK(sent(source, subject, "{}") == std::pair(subject, std::string("{}")));
  const auto status = "epicura." + device + ".status";
  CHECK(sent("device", status, "\xff") == std::pair(status, std::string("\xff")));
  CHECK(sent("mqtt", "epicura/" + device + "/events/preheated", "1") ==
        std::pair("epicura." + device + ".events.preheated", std::string("1")));
}

TEST_CASE("a letter that has not all of it, or comes from elsewhere, stays where it is") {
  CHECK(stays("telemetry", subject, "{}", 1));
  CHECK(stays("telemetry", subject, std::string(4096, ' ')));  // it may have been cut before it was counted
  CHECK_FALSE(stays("telemetry", subject, std::string(4095, ' ')));
  CHECK(stays("command", subject, "{}"));
  CHECK(stays("else", subject, "{}"));
  const std::vector<std::string> origins{"",
                                         "x",
                                         "epicura." + device + ".commands",
                                         "epicura." + device + ".ota",
                                         "epicura/" + device + "/commands",
                                         "epicura." + device + ".shadow.desired",
                                         "epicura.*.telemetry",
                                         "epicura." + device + ".telemetry.>",
                                         "epicura." + device + ".telemetry.a b",
                                         subject + "\r\nPUB x 0",
                                         "cloud.jobs.mail",
                                         "cloud.auth.revoked",
                                         "$JS.API.STREAM.DELETE.TELEMETRY",
                                         "refused/" + device + "/telemetry",
                                         "epicura/" + device + "/telemetry/a.b",
                                         "epicura.0198C0DE-0000-7000-8000-00000000ABCD.telemetry"};
  for (const auto& origin : origins) {
    for (const std::string source : {"telemetry", "device", "http", "mqtt"})
      CHECK_MESSAGE(stays(source, origin, "{}"), origin);
  }
}

TEST_CASE("a reading that the letter shows by itself is put into a form that is read") {
  const auto at = *parse_rfc3339("2026-11-20T21:05:07.000Z");
  const auto [where, what] =
      sent("telemetry", subject, R"({"metric":"a.b","seq":7,"ts":"2026-11-20T21:05:07.000Z","value":1.5})");
  CHECK(where == bus::telemetry_subject(*Uuid::parse(device)));
  const auto decoded = decode_telemetry("", what, at);
  REQUIRE(decoded.readings.size() == 1);
  CHECK(decoded.readings[0] == Reading{"a.b", 1.5, at, 7, {}, {}});
  const auto without = sent("telemetry", subject, R"({"metric":"a","seq":-1,"ts":1,"value":2})").second;
  CHECK_FALSE(parse_json(without).value.contains("seq"));
  const auto form = R"([{"ts":1,"values":{"metric":2,"value":3}}])";
  CHECK(sent("http", "epicura." + device + ".telemetry", form).second == form);
}

TEST_CASE("of a job's letter it is the job that is tried again") {
  const auto id = Uuid::v7();
  const auto job = replay("job", "cloud.jobs.mail", encode(JobCall{id, "mail"}));
  REQUIRE(std::holds_alternative<JobCall>(job));
  CHECK(std::get<JobCall>(job).id == id);
  CHECK(std::holds_alternative<std::string>(replay("job", "cloud.jobs.mail", "junk")));
}
