#include "bridge/topic_map.hpp"

#include <doctest/doctest.h>

#include <random>

#include <fmt/format.h>

namespace epicura::bridge {
namespace {

const std::string id = "0190a000-0000-7000-8000-00000000000a";

std::string subject(const std::string& topic) {
  const auto mapped = subject_of(topic);
  const auto* text = std::get_if<std::string>(&mapped);
  return text != nullptr ? *text : "refused";
}

TEST_CASE("a topic that a device may publish becomes the subject with the same levels") {
  const std::string longest(64, 'x');
  for (const std::string& rest :
       {std::string("telemetry"), std::string("telemetry/temperature"), std::string("telemetry/lid/inner_ring/A-1/x"),
        std::string("telemetry/") + longest, std::string("status"), std::string("events/preheated"),
        std::string("commands/ack"), std::string("shadow/reported"), std::string("ota/progress")}) {
    const std::string topic = fmt::format("epicura/{}/{}", id, rest);
    std::string expected = topic;
    std::replace(expected.begin(), expected.end(), '/', '.');
    CHECK(subject(topic) == expected);
  }
}

TEST_CASE("anything else is refused") {
  const std::string upper = "0190A000-0000-7000-8000-00000000000A";
  const std::string base = "epicura/" + id;
  for (const std::string& topic :
       {std::string(), std::string("/"), std::string("epicura"), std::string("epicura/"), base, base + "/",
        "epicura/" + upper + "/telemetry", "epicura/" + id + "0/telemetry", "epicura/" + id.substr(1) + "/telemetry",
        std::string("epicura/pot-1/telemetry/temperature"), "Epicura/" + id + "/status", "/" + base + "/status",
        // NATS syntax and other bytes
        base + "/telemetry/a.b", base + "/telemetry/*", base + "/telemetry/>", base + "/telemetry/a b",
        base + "/telemetry/\xc3\xa4", base + "/telemetry/a\tb", base + "/telemetry/" + std::string(1, '\0'),
        base + "/telemetry/+", base + "/telemetry/#", base + "/events/*", base + "/events/>",
        // empty, long and too many levels
        base + "/telemetry/", base + "//telemetry", base + "/telemetry//x", base + "/telemetry/x/",
        base + "/telemetry/" + std::string(65, 'x'), base + "/telemetry/a/b/c/d/e", base + "/status/x",
        base + "/events", base + "/events/a/b", base + "/" + std::string(60'000, 'x'),
        // what only the cloud publishes, and what nobody does
        base + "/commands", base + "/commands/ack/x", base + "/shadow", base + "/shadow/desired", base + "/ota",
        base + "/recipes", base + "/telemetr", base + "/telemetryx", std::string("$SYS/broker/uptime"),
        std::string("cloud/recipes/changed"), std::string("refused/") + id + "/telemetry"}) {
    CAPTURE(topic);
    CHECK(subject(topic) == "refused");
  }
}

TEST_CASE("no bytes become anything but plain levels") {
  std::mt19937 random{7};
  const std::string alphabet = "abtelmryus019-_/.*> +#\x01\xff";
  const std::string starts[] = {"", "epicura/", "epicura/" + id + "/", "epicura/" + id + "/telemetry/"};
  int passed = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string topic = starts[random() % 4];
    for (auto left = random() % 12; left > 0; --left) topic += alphabet[random() % alphabet.size()];
    const std::string mapped = subject(topic);
    if (mapped == "refused") continue;
    ++passed;
    REQUIRE(mapped.size() == topic.size());
    REQUIRE(mapped.find_first_of("/*> +#\x01\xff") == std::string::npos);
    REQUIRE(mapped.find("..") == std::string::npos);
    REQUIRE(topic.find('.') == std::string::npos);
    REQUIRE(mapped.back() != '.');
  }
  CHECK(passed > 1'000);
}

}  // namespace
}  // namespace epicura::bridge
