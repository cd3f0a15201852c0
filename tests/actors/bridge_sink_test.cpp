#include "actors/bridge_sink.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "bus/subjects.hpp"
#include "schema/base64.hpp"
#include "schema/bounded_json.hpp"
#include "tests/actors/stage.hpp"

using namespace epicura;
using namespace epicura::tests;
using bridge::Inbound;
using bridge::RefusedMessage;

namespace {

struct Streams final : BridgeStreams {
  bool stores = true;
  std::size_t most = std::numeric_limits<std::size_t>::max();
  std::vector<std::vector<bus::Outgoing>> batches;
  std::vector<bus::Outgoing> samples;
  bool store_all(std::span<const bus::Outgoing> messages) override {
    batches.emplace_back(messages.begin(), messages.end());
    return stores;
  }
  void publish(bus::Outgoing message) override { samples.push_back(std::move(message)); }
  std::size_t max_payload() const override { return most; }
};

const std::string device = "0198c0de-0000-7000-8000-00000000abcd";

struct House {
  observe::Metrics metrics;
  Timestamp clock = *parse_rfc3339("2026-11-20T12:00:00Z");
  std::shared_ptr<Streams> streams = std::make_shared<Streams>();
  BridgeSink sink{streams, [this] { return clock; }, metrics};

  bool store(std::vector<Inbound> batch, std::vector<RefusedMessage> refused = {}) {
    return sink.store(batch, refused);
  }
  double refused() { return metrics.counter("epicura_bridge_refused_total", "").Value(); }
  double letters() { return metrics.counter("epicura_dead_letters_total", "", {{"source", "mqtt"}}).Value(); }
};

Inbound inbound(const std::string& rest, std::string payload, bool retained = false) {
  auto subject = "epicura." + device + "." + rest;
  auto topic = subject;
  std::replace(topic.begin(), topic.end(), '.', '/');
  return {topic, subject, std::move(payload), retained};
}

RefusedMessage illegal(const std::string& topic, std::string payload = "x") {
  return {topic, Refusal::illegal_topic, std::move(payload)};
}

Json letter(const bus::Outgoing& message) {
  CHECK(message.subject == "cloud.dead-letter.mqtt");
  auto parsed = parse_json(message.payload);
  REQUIRE_FALSE(parsed.refused);
  return std::move(parsed.value);
}

}  // namespace

TEST_CASE("a batch goes to the streams whole and in its order; it is stored when they say so") {
  House house;
  CHECK(house.store({inbound("telemetry.t", "1"), inbound("status", R"({"state":"online","epoch":4,"seq":9})", true),
                     inbound("telemetry.t", "2")}));
  REQUIRE(house.streams->batches.size() == 1);
  const auto& sent = house.streams->batches[0];
  REQUIRE(sent.size() == 3);
  CHECK(sent[0].subject == "epicura." + device + ".telemetry.t");
  CHECK(sent[0].payload == "1");
  CHECK(sent[0].headers.empty());
  const std::vector<std::pair<std::string, std::string>> of_status{{bus::msg_id_header, device + ":4:9"},
                                                                   {bus::retain_header, "1"}};
  CHECK(sent[1].headers == of_status);
  CHECK(sent[2].payload == "2");
  house.streams->stores = false;
  CHECK_FALSE(house.store({inbound("telemetry.t", "3")}));
}

TEST_CASE("a message has an id where its payload has epoch and seq, and none on TELEMETRY") {
  const auto id = [](const std::string& rest, std::string_view payload) {
    return device_message_id("epicura." + device + "." + rest, payload);
  };
  CHECK(id("status", R"({"epoch":1,"seq":2})") == device + ":1:2");
  CHECK(id("events.preheated", R"({"epoch":-1,"seq":9223372036854775807})") == device + ":-1:9223372036854775807");
  CHECK(id("telemetry", R"({"epoch":1,"seq":2})").empty());
  CHECK(id("telemetry.t", R"({"epoch":1,"seq":2})").empty());
  CHECK(id("no.such.kind", R"({"epoch":1,"seq":2})").empty());
  for (const auto* payload : {"", "no JSON", "[1,2]", "{}", R"({"epoch":1})", R"({"seq":1})",
                              R"({"epoch":1.5,"seq":2})", R"({"epoch":"1","seq":2})", R"({"epoch":1,"seq":null})"}) {
    CAPTURE(payload);
    CHECK(id("status", payload).empty());
  }
}

TEST_CASE("what has an illegal topic is counted, needs no store, and a letter tells of it") {
  House house;
  CHECK(house.store({}, {illegal("epicura/" + device + "/a+b", "the payload")}));
  CHECK(house.streams->batches.empty());
  CHECK(house.refused() == 1);
  CHECK(house.letters() == 1);
  REQUIRE(house.streams->samples.size() == 1);
  const auto told = letter(house.streams->samples[0]);
  CHECK(told["source"] == "mqtt");
  CHECK(told["device_id"] == device);
  CHECK(told["origin"] == "epicura/" + device + "/a+b");
  CHECK(told["code"] == "illegal_topic");
  CHECK(told["at"] == "2026-11-20T12:00:00.000Z");
  CHECK(told["stream_seq"].is_null());
  CHECK(told["size"] == 11);
  CHECK(told["payload_b64"] == base64("the payload"));
  house.store({}, {illegal("no-slash")});
  CHECK(letter(house.streams->samples.back())["device_id"].is_null());
}

TEST_CASE("one letter a second and device, the rest are counted; one device's flood hides no other's letter") {
  House house;
  const std::vector<RefusedMessage> flood(1000, illegal("epicura/" + device + "/x y"));
  house.store({}, flood);
  house.store({}, flood);
  CHECK(house.streams->samples.size() == 1);
  house.store({}, {illegal("epicura/another/x y")});
  CHECK(house.streams->samples.size() == 2);
  house.clock += Millis{999};
  house.store({}, flood);
  CHECK(house.streams->samples.size() == 2);
  house.clock += Millis{1};
  house.store({}, flood);
  CHECK(house.streams->samples.size() == 3);
  CHECK(house.refused() == 4001);
  CHECK(house.letters() == 3);
}

TEST_CASE("the good ones of a batch decide: a refused one beside them is counted though they are not stored") {
  House house;
  house.streams->stores = false;
  CHECK_FALSE(house.store({inbound("telemetry.t", "1")}, {illegal("epicura/x/y z")}));
  CHECK(house.refused() == 1);
}

TEST_CASE("what NATS would not take is a dead letter in its place, stored with the batch") {
  House house;
  house.streams->most = 100;
  const std::string fits(100, 'a');
  const std::string large(101, 'b');
  CHECK(house.store({inbound("telemetry.t", fits), inbound("telemetry.t", large), inbound("telemetry.t", "1")}));
  REQUIRE(house.streams->batches.size() == 1);
  const auto& sent = house.streams->batches[0];
  REQUIRE(sent.size() == 3);
  CHECK(sent[0].payload == fits);
  CHECK(sent[2].payload == "1");
  const auto told = letter(sent[1]);
  CHECK(told["code"] == "too_large");
  CHECK(told["device_id"] == device);
  CHECK(told["origin"] == "epicura/" + device + "/telemetry/t");
  CHECK(told["size"] == 101);
  CHECK(house.letters() == 1);
  CHECK(house.streams->samples.empty());  // each of them is told of, not a sample
}

TEST_CASE("headers count, and a letter that is not stored acknowledges nothing") {
  House house;
  house.streams->most = 100;
  const std::string payload(90, 'a');
  CHECK(house.store({inbound("status", payload)}));
  CHECK(house.streams->batches.back()[0].payload == payload);
  CHECK(house.store({inbound("status", payload, true)}));  // with the header that says that it was retained
  CHECK(letter(house.streams->batches.back()[0])["code"] == "too_large");
  house.streams->stores = false;
  CHECK_FALSE(house.store({inbound("status", std::string(101, 'a'))}));
  CHECK(house.letters() == 1);
}
