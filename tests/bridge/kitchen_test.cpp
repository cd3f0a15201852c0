// The kitchen's pure parts.

#include <doctest/doctest.h>

#include "bridge/kitchen/answer_reader.hpp"
#include "bridge/kitchen/fleet.hpp"
#include "bridge/kitchen/latencies.hpp"
#include "bridge/kitchen/plan.hpp"

namespace epicura::bridge::kitchen {
namespace {

using std::chrono::microseconds;

TEST_CASE("latencies: percentiles within 3 %") {
  Latencies latencies;
  CHECK(latencies.at(0.5) == microseconds{0});
  for (int us = 1; us <= 100'000; ++us) latencies.add(microseconds{us});
  CHECK(latencies.count() == 100'000);
  for (const double share : {0.0001, 0.01, 0.5, 0.9, 0.99, 0.999}) {
    const double got = static_cast<double>(latencies.at(share).count());
    CHECK(got >= share * 100'000 - 1);
    CHECK(got <= share * 100'000 * 1.033 + 1);
  }
  CHECK(latencies.at(1) == microseconds{100'000});
  latencies.add(std::chrono::hours{24 * 365 * 100});
  latencies.add(-microseconds{5});
  CHECK(latencies.at(1) > std::chrono::hours{1'000});
  CHECK(latencies.at(0) == microseconds{0});
}

TEST_CASE("answers: read byte by byte, and nothing else is read") {
  AnswerReader reader;
  const std::string bytes("\x20\x02\x00\x05\xd0\x00\x40\x02\x12\x34", 10);
  std::vector<Answer> answers;
  for (const char byte : bytes) {
    const auto step = reader.take(static_cast<std::uint8_t>(byte));
    REQUIRE(step != AnswerReader::Step::broken);
    if (step == AnswerReader::Step::answer) answers.push_back(reader.last());
  }
  REQUIRE(answers.size() == 3);
  CHECK(answers[0].kind == Answer::Kind::connack);
  CHECK(answers[0].code == 5);
  CHECK(answers[1].kind == Answer::Kind::pingresp);
  CHECK(answers[2].packet_id == 0x1234);
  CHECK(reader.take(0x30) == AnswerReader::Step::broken);
  reader.reset();
  CHECK(reader.take(0x40) == AnswerReader::Step::more);
  CHECK(reader.take(0x03) == AnswerReader::Step::broken);
}

TEST_CASE("the plan: every device keeps its own period, phases spread evenly") {
  Plan plan;
  plan.devices = 4;
  plan.interval_ns = 250'000'000;  // 4 devices, one message a second each
  plan.start = Monotonic::now();
  CHECK(plan.due(2, 0) - plan.start == Millis{500});
  CHECK(plan.due(2, 7) - plan.due(2, 6) == Millis{1'000});
  CHECK(plan.due(3, 1) == plan.due(std::uint64_t{7}));
  plan.wall_start = Timestamp{Millis{5'000}};
  CHECK(plan.wall(plan.due(2, 1)) == Timestamp{Millis{6'500}});
}

TEST_CASE("settings that make no sense are refused") {
  const std::vector<KitchenDevice> one(1);
  const auto refused = [&](auto change, std::vector<KitchenDevice> devices) {
    FleetSettings settings;
    change(settings);
    try {
      const Fleet fleet(settings, std::move(devices));
      return false;
    } catch (const std::invalid_argument&) {
      return true;
    }
  };
  CHECK_FALSE(refused([](FleetSettings&) {}, one));
  CHECK(refused([](FleetSettings&) {}, {}));
  CHECK(refused([](FleetSettings& s) { s.metrics.clear(); }, one));
  CHECK(refused([](FleetSettings& s) { s.metrics = {"a b"}; }, one));
  CHECK(refused([](FleetSettings& s) { s.readings_per_message = 4; }, one));
  CHECK(refused([](FleetSettings& s) { s.qos = 2; }, one));
  CHECK(refused([](FleetSettings& s) { s.window = 0; }, one));
  CHECK(refused([](FleetSettings& s) { s.pot = "kettle"; }, one));
  CHECK(refused([](FleetSettings& s) { s.program = "fry"; }, one));
  CHECK(refused([](FleetSettings& s) { s.weather.late = 1.5; }, one));
  CHECK(refused([](FleetSettings& s) { s.weather.drift_ppm = -1; }, one));
  CHECK_FALSE(refused([](FleetSettings& s) { s.weather.drops_per_hour = 60; }, one));
  CHECK(refused(
      [](FleetSettings& s) {
        s.weather.drops_per_hour = 60;
        s.messages_per_second = 0;
      },
      one));
}

}  // namespace
}  // namespace epicura::bridge::kitchen
