#include "bridge/plugin/access.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "bridge/plugin/bridge_sessions.hpp"
#include "bridge/plugin/topic.hpp"

using namespace epicura::bridge;
using namespace epicura::bridge::plugin;

namespace {

const std::string pot = "0192f0aa-3b1c-7d2e-8f00-0123456789ab";
const std::string other = "0192f0aa-3b1c-7d2e-8f00-0123456789ac";
const std::string level64(64, 'a');

const std::vector<std::string> from_device_topics = {"/telemetry",       "/telemetry/temperature", "/telemetry/a/b/c/d",
                                                     "/telemetry/A-z_0", "/telemetry/" + level64,  "/status",
                                                     "/events/paused",   "/events/" + level64,     "/commands/ack",
                                                     "/shadow/reported", "/ota/progress"};
const std::vector<std::string> from_cloud_topics = {"/commands", "/shadow/desired", "/ota", "/recipes"};

std::string below(const std::string& id, const std::string& rest) {
  return "epicura/" + id + rest;
}

}  // namespace

TEST_CASE("a device publishes the six rows of its own id") {
  for (const auto& rest : from_device_topics) {
    CAPTURE(rest);
    CHECK_FALSE(may_publish(pot, {below(pot, rest)}));
    CHECK_FALSE(may_publish(pot, {below(pot, rest), true}));
    CHECK(may_publish(other, {below(pot, rest)}) == Refusal::other_device);
    CHECK(may_publish("stranger", {below(pot, rest)}) == Refusal::other_device);
  }
}

TEST_CASE("a device publishes nothing else") {
  for (const auto& rest : from_cloud_topics) {
    CAPTURE(rest);
    CHECK(may_publish(pot, {below(pot, rest)}) == Refusal::not_publishable);
  }
  for (const std::string topic :
       {"", "a", "/", "epicura", "epicura/", "$SYS/broker/uptime", "$epicura/plugin", "$CONTROL/dynamic-security/v1",
        "$share/g/epicura/x/telemetry", "refused/x", "Epicura/0192f0aa-3b1c-7d2e-8f00-0123456789ab/telemetry",
        "epicura/0192F0AA-3B1C-7D2E-8F00-0123456789AB/telemetry", "epicura/0192f0aa-3b1c-7d2e-8f00-0123456789a/status",
        "epicura/+/telemetry", "/epicura/0192f0aa-3b1c-7d2e-8f00-0123456789ab/telemetry"}) {
    CAPTURE(topic);
    CHECK(may_publish(pot, {topic}) == Refusal::not_publishable);
  }
  for (const std::string rest : {"", "/", "/telemetryx", "/Telemetry", "/status/", "/status/x", "/events",
                                 "/commands/ack/x", "/shadow", "/ota/progress/", "/commandsack", "//telemetry"}) {
    CAPTURE(rest);
    CHECK(may_publish(pot, {below(pot, rest)}));
  }
}

TEST_CASE("each level is of letters, digits, _ and -, 1 to 64 of them; a metric has 1 to 4 levels, an event 1") {
  for (const std::string& rest :
       {std::string("/telemetry/"), std::string("/telemetry//a"), std::string("/telemetry/a/"),
        std::string("/telemetry/a/b/c/d/e"), std::string("/telemetry/a.b"), std::string("/telemetry/a b"),
        std::string("/telemetry/*"), std::string("/telemetry/>"), std::string("/telemetry/\xc3\xa4"),
        std::string("/telemetry/a\x01"), "/telemetry/" + level64 + "a", std::string("/events/"),
        std::string("/events/a/b"), std::string("/events/a.b"), "/events/" + level64 + "a"}) {
    CAPTURE(rest);
    CHECK(may_publish(pot, {below(pot, rest)}) == Refusal::illegal_topic);
  }
}

TEST_CASE("a will speaks of the device's own status only") {
  CHECK_FALSE(may_publish(pot, {below(pot, "/status"), true, true}));
  CHECK_FALSE(may_publish(pot, {below(pot, "/status"), false, true}));
  CHECK(may_publish(pot, {below(pot, "/telemetry"), false, true}) == Refusal::will);
  CHECK(may_publish(pot, {below(other, "/status"), true, true}) == Refusal::will);
  CHECK(may_publish(pot, {"epicura/bridge", true, true}) == Refusal::will);
  CHECK(may_publish(device_client_id, {below(pot, "/commands"), false, true}) == Refusal::will);
}

TEST_CASE("a device subscribes to the four topics of its own, and to no filter") {
  for (const auto& rest : from_cloud_topics) {
    CAPTURE(rest);
    CHECK_FALSE(may_subscribe(pot, below(pot, rest)));
    CHECK(may_subscribe(other, below(pot, rest)) == Refusal::other_device);
    CHECK(may_subscribe(pot, "$share/group/" + below(pot, rest)) == Refusal::subscription);
  }
  for (const auto& rest : from_device_topics) CHECK(may_subscribe(pot, below(pot, rest)) == Refusal::subscription);
  for (const std::string filter : {"#", "+", "+/+/+", "epicura/#", "epicura/+/commands", "$SYS/#", "$SYS/broker/uptime",
                                   "$epicura/plugin", "$share/g/#", "/#", ""}) {
    CAPTURE(filter);
    CHECK(may_subscribe(pot, filter) == Refusal::subscription);
  }
  for (const std::string rest : {"/#", "/+", "/commands/#", "/commands/+", "/shadow/+", "/shadow/#"}) {
    CAPTURE(rest);
    CHECK(may_subscribe(pot, below(pot, rest)) == Refusal::subscription);
  }
  CHECK_FALSE(may_unsubscribe(pot, below(pot, "/commands")));
}

TEST_CASE("a device receives the four topics of its own, whatever it once subscribed to") {
  for (const auto& rest : from_cloud_topics) {
    CHECK_FALSE(may_receive(pot, below(pot, rest)));
    CHECK(may_receive(other, below(pot, rest)) == Refusal::delivery);
  }
  for (const auto& rest : from_device_topics) CHECK(may_receive(pot, below(pot, rest)) == Refusal::delivery);
  for (const std::string topic : {"$SYS/broker/uptime", "$epicura/plugin", "anything"}) {
    CHECK(may_receive(pot, topic) == Refusal::delivery);
    CHECK(may_receive("", topic) == Refusal::delivery);
  }
}

TEST_CASE("the bridge publishes what is the cloud's, never retained, and nothing else") {
  for (const auto client : {telemetry_client_id, device_client_id}) {
    for (const auto& rest : from_cloud_topics) {
      CHECK_FALSE(may_publish(client, {below(pot, rest)}));
      CHECK(may_publish(client, {below(pot, rest), true}) == Refusal::retained);
    }
    for (const auto& rest : from_device_topics) {
      CHECK(may_publish(client, {below(pot, rest)}) == Refusal::not_publishable);
    }
    CHECK(may_publish(client, {"$epicura/plugin"}) == Refusal::not_publishable);
    CHECK(may_publish(client, {"epicura/x/commands"}) == Refusal::not_publishable);
  }
}

TEST_CASE("each of the bridge's sessions has its own filters, and keeps them") {
  for (const auto filter : telemetry_filters) {
    CHECK_FALSE(may_subscribe(telemetry_client_id, filter));
    CHECK(may_subscribe(device_client_id, filter) == Refusal::subscription);
    CHECK(may_unsubscribe(telemetry_client_id, filter) == Refusal::unsubscription);
    CHECK_FALSE(may_unsubscribe(device_client_id, filter));
  }
  for (const auto filter : device_filters) {
    CHECK_FALSE(may_subscribe(device_client_id, filter));
    CHECK(may_subscribe(telemetry_client_id, filter) == Refusal::subscription);
    CHECK(may_unsubscribe(device_client_id, filter) == Refusal::unsubscription);
  }
  for (const auto topic : backlog_topics) {
    CHECK_FALSE(may_subscribe(device_client_id, topic));
    CHECK_FALSE(may_receive(device_client_id, topic));
    CHECK(may_subscribe(telemetry_client_id, topic) == Refusal::subscription);
  }
  for (const std::string filter : {"#", "epicura/#", "epicura/+/commands", "$SYS/#", "$share/g/epicura/+/status"}) {
    CHECK(may_subscribe(telemetry_client_id, filter) == Refusal::subscription);
    CHECK(may_subscribe(device_client_id, filter) == Refusal::subscription);
  }
}

TEST_CASE("the bridge receives what devices say, and not its own commands") {
  for (const auto& rest : from_device_topics) CHECK_FALSE(may_receive(telemetry_client_id, below(pot, rest)));
  for (const auto& rest : from_cloud_topics) {
    CHECK(may_receive(device_client_id, below(pot, rest)) == Refusal::delivery);
  }
  CHECK_FALSE(may_receive(device_client_id, counters_topic));
  CHECK_FALSE(may_receive(device_client_id, dropped_topic));
  CHECK(may_receive(device_client_id, "$SYS/broker/version") == Refusal::delivery);
}

TEST_CASE("only a status is retained") {
  CHECK(keeps_retained(below(pot, "/status")));
  for (const std::string rest : {"/telemetry", "/telemetry/status", "/events/status", "/shadow/reported"}) {
    CHECK_FALSE(keeps_retained(below(pot, rest)));
  }
}

TEST_CASE("a device id is a UUID in lower case") {
  CHECK(is_device_id(pot));
  for (const std::string text : {"", "0192f0aa-3b1c-7d2e-8f00-0123456789aB", "0192f0aa-3b1c-7d2e-8f00-0123456789a",
                                 "0192f0aa-3b1c-7d2e-8f00-0123456789abc", "0192f0aa_3b1c-7d2e-8f00-0123456789ab",
                                 "0192f0aa-3b1c-7d2e-8f00-0123456789ag", "------------------------------------"}) {
    CAPTURE(text);
    CHECK_FALSE(is_device_id(text));
  }
}
