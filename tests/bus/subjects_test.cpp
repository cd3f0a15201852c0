#include "bus/subjects.hpp"

#include <doctest/doctest.h>

#include "bus/ack_subject.hpp"
#include "bus/pub_ack.hpp"

namespace epicura::bus {
namespace {

const std::string id = "0192f0c1-2345-7abc-8def-0123456789ab";

TEST_CASE("a device's subjects are read back as what they are") {
  const std::string oven = "epicura." + id + ".telemetry.oven.left.temperature_1";
  const auto metric = parse_device_subject(oven);
  REQUIRE(metric);
  CHECK(metric->device_id.str() == id);
  CHECK(metric->kind == Kind::telemetry);
  CHECK(metric->rest == "oven.left.temperature_1");

  const auto values = parse_device_subject(telemetry_subject(*Uuid::parse(id)));
  REQUIRE(values);
  CHECK(values->kind == Kind::telemetry);
  CHECK(values->rest.empty());

  CHECK(parse_device_subject("epicura." + id + ".status")->kind == Kind::status);
  CHECK(parse_device_subject("epicura." + id + ".commands.ack")->kind == Kind::command_ack);
  CHECK(parse_device_subject("epicura." + id + ".shadow.reported")->kind == Kind::shadow_reported);
  CHECK(parse_device_subject("epicura." + id + ".ota.progress")->kind == Kind::ota_progress);
  const std::string step_started = "epicura." + id + ".events.step_started";
  const auto event = parse_device_subject(step_started);
  REQUIRE(event);
  CHECK(event->kind == Kind::event);
  CHECK(event->rest == "step_started");
  CHECK(dead_letter_subject("mqtt") == "cloud.dead-letter.mqtt");
}

TEST_CASE("hostile and foreign subjects are not read") {
  const std::string device = "epicura." + id;
  for (const std::string& subject :
       std::initializer_list<std::string>{std::string{},
                                          std::string{"epicura"},
                                          std::string{"epicura."},
                                          std::string{"epicura.."},
                                          device,
                                          device + ".",
                                          device + "..",
                                          device + ".telemetry.",
                                          device + ".telemetry..a",
                                          device + ".telemetry.a.",
                                          device + ".telemetryx",
                                          device + ".telemetry.a.b.c.d.e",
                                          device + ".telemetry.*",
                                          device + ".telemetry.>",
                                          device + ".telemetry.a b",
                                          device + ".telemetry." + std::string(65, 'a'),
                                          device + ".telemetry.\xff",
                                          device + std::string(".telemetry.\0", 12),
                                          device + ".events",
                                          device + ".events.",
                                          device + ".events.a.b",
                                          device + ".commands",
                                          device + ".shadow.desired",
                                          device + ".status.x",
                                          device + ".ota",
                                          std::string{"epicura.*.telemetry"},
                                          std::string{"epicura.>"},
                                          "cloud." + id + ".telemetry",
                                          "epicura.0192F0C1-2345-7ABC-8DEF-0123456789AB.status",
                                          "epicura.0192f0c1-2345-7abc-8def-0123456789a.status",
                                          "epicura." + id + "0.status",
                                          std::string(5000, '.')}) {
    CAPTURE(subject);
    CHECK_FALSE(parse_device_subject(subject));
  }
}

TEST_CASE("only plain subjects may be published to") {
  CHECK(is_publishable("epicura." + id + ".telemetry"));
  CHECK(is_publishable("a"));
  for (const std::string& subject :
       {std::string{}, std::string{"."}, std::string{".a"}, std::string{"a."}, std::string{"a..b"}, std::string{"a.*"},
        std::string{"a.>"}, std::string{"a b"}, std::string{"a\r\nPUB b 0"}, std::string{"a\tb"},
        std::string{"a\0b", 3}, std::string{"a\x7f"}, std::string{"a\xc3\xa9"}, std::string(513, 'a')}) {
    CAPTURE(subject);
    CHECK_FALSE(is_publishable(subject));
  }
}

TEST_CASE("the acknowledgement's subject tells sequence, time and delivery") {
  const auto plain = parse_ack_subject("$JS.ACK.TELEMETRY.telemetry-writer.2.4711.99.1700000000123456789.5");
  REQUIRE(plain);
  CHECK(plain->delivered == 2);
  CHECK(plain->stream_seq == 4711);
  CHECK(plain->stored_at == StoredTime{std::chrono::microseconds{1700000000123456}});
  const auto domain = parse_ack_subject("$JS.ACK._.ACCOUNT.TELEMETRY.w.1.8.9.1700000000123456789.5");
  REQUIRE(domain);
  CHECK(domain->stream_seq == 8);
  CHECK(parse_ack_subject("$JS.ACK._.ACCOUNT.TELEMETRY.w.1.8.9.1700000000123456789.5.token"));
  for (const auto* subject : {"", "$JS.ACK", "$JS.ACK.S.c.1.2.3.4", "$JS.ACK.S.c.x.2.3.4.5", "$JS.ACK.S.c.1.-2.3.4.5",
                              "$JS.ACK.S.c.1.2.3.4.5.6", "_INBOX.a.b.c.d.e.f.g.h",
                              "$JS.ACK.S.c.1.2.3.99999999999999999999.5", "$JS.ACK.1.2.3.4.5.6.7.8.9.10.11.12.13"}) {
    CAPTURE(subject);
    CHECK_FALSE(parse_ack_subject(subject));
  }
}

TEST_CASE("an answer that is not a plain yes is a no") {
  CHECK(read_pub_ack(R"({"stream":"TELEMETRY", "seq":123})").stored);
  CHECK(read_pub_ack(R"({"stream":"DEVICE", "seq":7,"duplicate": true})").stored);
  const auto full = read_pub_ack(
      R"({"error":{"code":503,"err_code":10023,"description":"insufficient resources"},"stream":"TELEMETRY","seq":0})");
  CHECK_FALSE(full.stored);
  CHECK(full.description == "insufficient resources");
  for (const auto* payload : {"", "{}", "+OK", R"({"stream":"S","seq":0})", R"({"stream":"S","seq":)", R"({"error":{)",
                              R"({"error":{"description":"unfinished)", R"({"error":{"description":7}})"}) {
    CAPTURE(payload);
    CHECK_FALSE(read_pub_ack(payload).stored);
    CHECK_FALSE(read_pub_ack(payload).description.empty());
  }
}

}  // namespace
}  // namespace epicura::bus
