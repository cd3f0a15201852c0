// JetStream cannot store: the bridge acknowledges nothing to the broker, which keeps it; telemetry over HTTP is
// answered 503; memory stays as it is; and when there is room again, all of it comes in by itself.

#include <sched.h>
#include <sys/mount.h>

#include <cstdio>
#include <fstream>

#include "tests/fault/chance.hpp"
#include "tests/fault/kitchen.hpp"
#include "tests/fault/stream_reader.hpp"

using namespace epicura;
using namespace epicura::tests;

namespace {

constexpr auto stored = R"(epicura_bus_store_total{outcome="stored"})";
constexpr auto least_bytes = "1048576";

StackOptions small_streams() {
  return {.servers = {},
          .environment = {{"EPICURA_TELEMETRY_MAX_BYTES", least_bytes},
                          {"EPICURA_DEVICE_MAX_BYTES", least_bytes},
                          {"EPICURA_DEAD_LETTER_MAX_BYTES", least_bytes}}};
}

// nats-server of this stack with another limit of all its files together.
void give_nats_a_store_of(House& house, const std::string& size) {
  std::ifstream from(std::filesystem::path(EPICURA_SOURCE_DIR) / "conf" / "nats-server.conf");
  std::string text((std::istreambuf_iterator<char>(from)), {});
  const std::string usual = "max_file_store: 8GB";
  const auto at = text.find(usual);
  REQUIRE(at != std::string::npos);
  text.replace(at, usual.size(), "max_file_store: " + size);
  std::ofstream(house.stack.run_dir() / "nats-server.conf") << text;
}

void expect_503(const HttpAnswer& answer) {
  CHECK_MESSAGE(answer.status == 503, "answered " << answer.status << " " << answer.error << " " << answer.body);
  CHECK(answer.has("retry-after"));
}

// While nothing can be stored: the broker goes on acknowledging, and holds what it acknowledged; the program grows not.
void expect_that_the_broker_holds_it(House& house, Kitchen& kitchen, const KitchenDevice& device) {
  CHECK(kitchen.acknowledges_more(500));  // batches that were under way have come to their end
  const auto stored_before = house.metric(stored);
  const auto rss_before = house.program().rss_kib;
  CHECK(kitchen.acknowledges_more(4000));
  expect_503(house.post_reading(device, now(), 1, 1));
  CHECK(house.metric(stored) == stored_before);
  const auto rss_after = house.program().rss_kib;
  MESSAGE("resident: " << rss_before << " KiB, then " << rss_after << " KiB");
  CHECK(rss_after < rss_before + allowed_growth_kib);
}

}  // namespace

TEST_CASE("a store too small for the streams: nothing is acknowledged, and when there is room all comes in") {
  House house;
  Kitchen kitchen(house);
  REQUIRE(kitchen.acknowledges_more(500));
  const auto device = house.register_devices(1).front();
  house.stack.kill("nats");
  std::filesystem::remove_all(house.stack.run_dir() / "nats");  // an empty store, in which no stream fits
  give_nats_a_store_of(house, "256KB");
  const auto gone_until = now();
  house.stack.restart("nats");
  REQUIRE(wait_until([&] { return house.metric("epicura_bus_connected") == 1; }));
  expect_that_the_broker_holds_it(house, kitchen, device);

  give_nats_a_store_of(house, "8GB");
  house.stack.restart("nats");
  house.await_ready();
  kitchen.close();
  // What the removed store had is gone with it, unless it was in the table; nothing that came later may be.
  Account later;
  for (const auto& reading : kitchen.account()) {
    if (reading.ts > gone_until) later.push_back(reading);
  }
  every_acknowledged_reading_is_in_the_table_exactly_once(house, later);
}

TEST_CASE("the disk is full: nothing is acknowledged, and when there is room all comes in") {
  // A file system of its own, seen by this thread and what it starts alone.
  if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    std::fprintf(stderr, "skipped: the disk is full: only root may mount a small file system\n");
    return;
  }
  StackOptions options;
  options.servers = {"postgres"};
  House house(options);
  const auto place = house.stack.run_dir() / "nats";
  std::filesystem::create_directory(place);
  REQUIRE(::mount("tmpfs", place.c_str(), "tmpfs", 0, "size=2m") == 0);
  {
    house.stack.up();
    Kitchen kitchen(house, {.devices = 40, .messages_per_second = 75});
    const auto device = house.register_devices(1).front();
    REQUIRE(wait_until([&] { return house.post_reading(device, now(), 0, 1).status == 503; }));
    expect_503(house.post_reading(device, now(), 1, 1));
    const auto rss_before = house.program().rss_kib;
    CHECK(kitchen.acknowledges_more(4000));
    const auto rss_after = house.program().rss_kib;
    MESSAGE("resident: " << rss_before << " KiB, then " << rss_after << " KiB");
    CHECK(rss_after < rss_before + allowed_growth_kib);

    // nats-server ends JetStream when it cannot write, until it is started again; asked to end, it takes 10 s.
    REQUIRE(::mount("tmpfs", place.c_str(), "tmpfs", MS_REMOUNT, "size=256m") == 0);
    house.stack.kill("nats");
    house.stack.restart("nats");
    house.await_ready();
    kitchen.close();
    every_acknowledged_reading_is_in_the_table_exactly_once(house, kitchen.account());
  }
  house.stack.kill("epicura");
  house.stack.kill("nats");
  CHECK(::umount2(place.c_str(), MNT_DETACH) == 0);
}

TEST_CASE("PostgreSQL is away until the stream is four fifths full: from then on the broker holds what comes") {
  House house(small_streams());
  // The second load is many times what the stream has room for in the second between two looks at it.
  for (const double messages_per_second : {10.0, 0.0}) {
    CAPTURE(messages_per_second);
    const auto device = house.register_devices(1).front();
    Kitchen kitchen(house, {.devices = 40, .messages_per_second = messages_per_second, .window = 10});
    REQUIRE(kitchen.acknowledges_more(100));
    Hanging postgres(house.stack.pid("postgres"));
    REQUIRE(wait_until([&] { return house.metric("epicura_bus_backlog_ratio") >= 0.8; }));
    CHECK(house.post_reading(device, now(), 0, 1).body.find("storage_full") != std::string::npos);
    expect_that_the_broker_holds_it(house, kitchen, device);
    // What the program has in its memory must be in the stream as well.
    house.stack.kill("epicura");
    house.stack.restart("epicura", false);
    if (messages_per_second == 0) kitchen.close();
    postgres.end();
    house.await_ready();
    if (messages_per_second != 0) kitchen.close();
    every_acknowledged_reading_is_in_the_table_exactly_once(house, kitchen.account());
  }
}

// The stream goes, and with it what was stored and not yet delivered to intake: that cannot be had back, since the
// bridge has acknowledged it to the broker. What can be promised: it is made again within seconds; whatever was sent
// well before had been committed, and whatever is sent after the deletion is in no deleted stream.
TEST_CASE("the stream is deleted under load: it is made again, and only what it held at that moment is lost") {
  House house;
  observe::Metrics metrics;
  bus::Connection connection({house.stack.env("NATS_URL"), "test", "_INBOX_epicura"}, {}, metrics);
  REQUIRE(connection.start());
  REQUIRE(wait_until([&] { return connection.connected(); }));
  jsCtx* raw = nullptr;
  REQUIRE(natsConnection_JetStream(&raw, connection.link().get(), nullptr) == NATS_OK);
  const bus::JetStream jetstream(raw);

  Kitchen kitchen(house, {.devices = 40, .messages_per_second = 50});
  struct Gap {
    Timestamp from, to;
  };
  std::vector<Gap> gaps;
  for (int round = 0; round < rounds(2); ++round) {
    REQUIRE(kitchen.acknowledges_more(3000));
    const auto before = now();
    REQUIRE(js_DeleteStream(jetstream.get(), "TELEMETRY", nullptr, nullptr) == NATS_OK);
    gaps.push_back({before - 1s, now()});
    REQUIRE(kitchen.acknowledges_more(2000));
    CHECK(wait_until([&] { return house.is_ready(); }, 10s));
  }
  kitchen.close();
  Account promised;
  const auto account = kitchen.account();
  for (const auto& reading : account) {
    const bool in_a_gap = std::any_of(gaps.begin(), gaps.end(),
                                      [&](const Gap& gap) { return reading.ts >= gap.from && reading.ts <= gap.to; });
    if (!in_a_gap) promised.push_back(reading);
  }
  CHECK(promised.size() > account.size() / 2);
  every_acknowledged_reading_is_in_the_table_exactly_once(house, promised);
  MESSAGE("lost with the stream: " << missing_from_the_table(house, account) << " of " << account.size());
}

TEST_CASE("the consumer is deleted under load: it is made again, and nothing is lost") {
  House house;
  observe::Metrics metrics;
  bus::Connection connection({house.stack.env("NATS_URL"), "test", "_INBOX_epicura"}, {}, metrics);
  REQUIRE(connection.start());
  REQUIRE(wait_until([&] { return connection.connected(); }));
  jsCtx* raw = nullptr;
  REQUIRE(natsConnection_JetStream(&raw, connection.link().get(), nullptr) == NATS_OK);
  const bus::JetStream jetstream(raw);
  Kitchen kitchen(house);
  for (int round = 0; round < rounds(2); ++round) {
    REQUIRE(kitchen.acknowledges_more(1000));
    REQUIRE(js_DeleteConsumer(jetstream.get(), "TELEMETRY", "telemetry-writer", nullptr, nullptr) == NATS_OK);
  }
  REQUIRE(kitchen.acknowledges_more(500));
  kitchen.close();
  every_acknowledged_reading_is_in_the_table_exactly_once(house, kitchen.account());
}
