// kill -9 of the broker. It acknowledges from memory, so what it has taken and not yet handed on dies with it: that is
// measured and printed. What must hold: what it took two seconds before it was killed is in the table, unless the
// program was away; so is whatever the bridge has stored; and no device is let in again before the bridge's sessions
// are subscribed and saved, so that from then on nothing is acknowledged and forgotten.

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "bus/subjects.hpp"
#include "schema/telemetry_codec.hpp"
#include "tests/fault/chance.hpp"
#include "tests/fault/kitchen.hpp"
#include "tests/fault/pot.hpp"
#include "tests/fault/stream_reader.hpp"

using namespace epicura;
using namespace epicura::tests;

namespace {

Account readings_of(const std::vector<StreamMessage>& messages) {
  Account out;
  for (const auto& message : messages) {
    const auto subject = bus::parse_device_subject(message.subject);
    REQUIRE(subject);
    for (const auto& reading : decode_telemetry(subject->rest, message.payload, message.stored_at).readings)
      out.push_back({subject->device_id, reading.metric, reading.ts, reading.seq, reading.value});
  }
  return out;
}

struct SavedFile {
  std::int64_t changed_ns = 0;
  bool holds_sessions = false;
};

SavedFile saved_file_of(const House& house) {
  const auto path = house.stack.run_dir() / "mosquitto" / "data" / "mosquitto.db";
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return {};
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  const auto holds = [&](const char* id) { return text.str().find(id) != std::string::npos; };
  return {facts.st_mtim.tv_sec * 1'000'000'000 + facts.st_mtim.tv_nsec,
          holds("epicura-bridge-telemetry") && holds("epicura-bridge-device")};
}

}  // namespace

TEST_CASE("the broker is killed under load: only what was on its way at that moment is lost") {
  Chance chance;
  House house;
  Kitchen kitchen(house);
  struct Gap {
    Timestamp from, to;
  };
  std::vector<Gap> gaps;  // what was acknowledged in one of these may have been handed on to nobody
  // While the program is there, what the broker has taken is on its way for milliseconds; longer under the sanitizers.
  constexpr auto under_way = 2s;
  for (int round = 0; round < rounds(4); ++round) {
    REQUIRE(kitchen.acknowledges_more(3000, 60s));
    chance.wait_between(200, 1500);
    gaps.push_back({now() - under_way, {}});
    house.stack.kill("mosquitto");
    chance.wait_between(0, 300);
    gaps.back().to = now();
    house.stack.restart("mosquitto");
    house.await_ready();
  }
  REQUIRE(kitchen.acknowledges_more(3000, 60s));
  // The worst moment: the program is away, and the broker holds all that has come since it last saved.
  gaps.push_back({now() - under_way, {}});
  house.stack.kill("epicura");
  REQUIRE(kitchen.acknowledges_more(500));
  house.stack.kill("mosquitto");
  gaps.back().to = now();
  house.stack.restart("mosquitto");
  house.stack.restart("epicura");
  REQUIRE(kitchen.acknowledges_more(100));
  kitchen.close();
  const auto account = kitchen.account();
  Account promised;
  std::copy_if(account.begin(), account.end(), std::back_inserter(promised), [&](const AcknowledgedReading& reading) {
    return std::none_of(gaps.begin(), gaps.end(), [&](const Gap& gap) {
      return reading.acknowledged_at >= gap.from && reading.acknowledged_at <= gap.to;
    });
  });
  MESSAGE("promised: " << promised.size() << " of " << account.size() << " acknowledged readings");
  CHECK(promised.size() > account.size() / 4);
  every_acknowledged_reading_is_in_the_table_exactly_once(house, promised);
  MESSAGE("the killed broker took " << missing_from_the_table(house, account) << " with it");

  const StreamReader stream(house, bus::telemetry_stream(usual_telemetry_bytes));
  every_acknowledged_reading_is_in_the_table_exactly_once(house, readings_of(stream.all_messages()));
}

TEST_CASE("after a kill the broker lets no device in before the bridge's sessions are saved") {
  House house;
  const auto device = house.register_devices(1).front();
  for (int round = 0; round < rounds(2); ++round) {
    house.stack.kill("epicura");
    house.stack.kill("mosquitto");
    const auto before = saved_file_of(house);
    house.stack.restart("mosquitto");
    for (int i = 0; i < 5; ++i) {
      Pot early(house.mqtt_port());
      CHECK(early.connect(device) == Pot::hung_up);
    }
    house.stack.restart("epicura", false);
    // Again and again, until it is let in: at that moment the file must be a new one, with both sessions in it.
    REQUIRE(wait_until([&] { return Pot(house.mqtt_port()).connect(device) == 0; }));
    const auto after = saved_file_of(house);
    CHECK(after.changed_ns > before.changed_ns);
    CHECK(after.holds_sessions);
  }
  // And what it takes from here on outlives the program's absence.
  house.await_ready();
  house.stack.kill("epicura");
  Pot pot(house.mqtt_port());
  REQUIRE(pot.connect(device) == 0);
  Account account;
  for (int seq = 1; seq <= 200; ++seq) {
    const auto ts = now();
    REQUIRE(pot.publish("epicura/" + device.id.str() + "/telemetry/temperature",
                        fmt::format(R"({{"ts":{},"value":{},"seq":{}}})", ts.time_since_epoch().count(), seq, seq)));
    account.push_back({device.id, "temperature", ts, seq, static_cast<double>(seq)});
  }
  house.stack.restart("epicura");
  every_acknowledged_reading_is_in_the_table_exactly_once(house, account);
}
