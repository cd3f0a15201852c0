// PostgreSQL away, in both ways: ended, and hanging (it takes connections and answers nothing). What needs it says so;
// readings go on into JetStream, over MQTT and over HTTP; when it is back, they are written without anyone's help.

#include "tests/fault/chance.hpp"
#include "tests/fault/kitchen.hpp"

using namespace epicura;
using namespace epicura::tests;
using Moment = std::chrono::steady_clock::time_point;

namespace {

std::chrono::seconds outage() {
  return soaking() ? 60s : 5s;
}

// Posts a reading of each device; those that were answered 202 are in the account.
void post_from_each(House& house, const std::vector<KitchenDevice>& devices, std::int64_t seq, Account& account) {
  for (const auto& device : devices) {
    const auto ts = now();
    const auto answer = house.post_reading(device, ts, seq, 20.5);
    CHECK_MESSAGE(answer.status == 202, "a device's reading was answered " << answer.status << " " << answer.body);
    if (answer.status == 202) account.push_back({device.id, "temperature", ts, seq, 20.5});
  }
}

void expect_503(const HttpAnswer& answer) {
  CHECK_MESSAGE(answer.status == 503, "answered " << answer.status << " " << answer.error << " " << answer.body);
  CHECK(answer.has("retry-after"));
}

struct Outage {
  House& house;
  std::vector<KitchenDevice> known = house.register_devices(2);  // their tokens' generations are cached
  // Never registered here: the program has only the token's own proof to go by, as after a restart.
  std::vector<KitchenDevice> unknown = strangers();
  Account over_http = {};
  std::int64_t seq = 0;

  std::vector<KitchenDevice> strangers() const {
    auto devices = house.register_devices(4);
    house.stack.restart("epicura");  // forgets the generations
    return devices;
  }

  // From now on, until `end`: what needs PostgreSQL is answered 503, readings are taken.
  void last_until(Moment end) {
    const auto token = house.stack.env("EPICURA_ADMIN_TOKEN");
    const auto path = "/devices/" + known.front().id.str();
    std::size_t next_unknown = 0;
    do {
      if (next_unknown < unknown.size()) {
        post_from_each(house, {unknown[next_unknown++]}, ++seq, over_http);
      }
      post_from_each(house, known, ++seq, over_http);
      expect_503(http_get(house.api(path), token));
      expect_503(http_get(house.api(path + "/telemetry"), token));
      expect_503(house.ready());
      std::this_thread::sleep_for(100ms);
    } while (std::chrono::steady_clock::now() < end);
  }
};

}  // namespace

TEST_CASE("PostgreSQL is killed and stays away: 503 for what needs it, readings are kept, recovery by itself") {
  House house;
  Outage outage_of{house};
  post_from_each(house, outage_of.known, ++outage_of.seq, outage_of.over_http);
  Kitchen kitchen(house);
  REQUIRE(kitchen.acknowledges_more(1000));
  house.stack.kill("postgres");
  const auto end = std::chrono::steady_clock::now() + outage();
  REQUIRE(wait_until([&] { return !house.is_ready(); }, 3s));
  CHECK(kitchen.acknowledges_more(1000));
  const auto rss_before = house.program().rss_kib;
  const auto stored_before = house.metric(R"(epicura_bus_store_total{outcome="stored"})");
  outage_of.last_until(end);
  CHECK(house.metric(R"(epicura_bus_store_total{outcome="stored"})") > stored_before);
  const auto rss_after = house.program().rss_kib;
  MESSAGE("resident: " << rss_before << " KiB at the outage's start, " << rss_after << " KiB at its end");
  CHECK(rss_after < rss_before + allowed_growth_kib);

  house.stack.restart("postgres");
  house.await_ready();
  const auto token = house.stack.env("EPICURA_ADMIN_TOKEN");
  CHECK(http_get(house.api("/devices/" + outage_of.known.front().id.str()), token).status == 200);
  kitchen.close();
  every_acknowledged_reading_is_in_the_table_exactly_once(house, kitchen.account());
  every_acknowledged_reading_is_in_the_table_exactly_once(house, outage_of.over_http);
}

TEST_CASE("PostgreSQL hangs: requests do not hang with it, readings are kept, recovery by itself") {
  House house;
  Outage outage_of{house};
  post_from_each(house, outage_of.known, ++outage_of.seq, outage_of.over_http);
  Kitchen kitchen(house);
  REQUIRE(kitchen.acknowledges_more(1000));
  Hanging postgres(house.stack.pid("postgres"));
  const auto end = std::chrono::steady_clock::now() + outage() + 6s;
  // Nobody asks for anything that needs it, and still /ready finds out.
  CHECK_MESSAGE(wait_until([&] { return !house.is_ready(); }, 6s), "/ready says yes while PostgreSQL hangs");
  const auto rss_before = house.program().rss_kib;
  outage_of.last_until(end);
  const auto rss_after = house.program().rss_kib;
  MESSAGE("resident: " << rss_before << " KiB at the outage's start, " << rss_after << " KiB at its end");
  CHECK(rss_after < rss_before + allowed_growth_kib);
  CHECK(kitchen.acknowledges_more(500));

  postgres.end();
  house.await_ready();
  kitchen.close();
  every_acknowledged_reading_is_in_the_table_exactly_once(house, kitchen.account());
  every_acknowledged_reading_is_in_the_table_exactly_once(house, outage_of.over_http);
}

TEST_CASE("the first requests after PostgreSQL begins to hang are answered in time") {
  House house;
  const auto devices = house.register_devices(2);
  house.stack.restart("epicura");  // forgets the generations of their tokens
  Hanging postgres(house.stack.pid("postgres"));
  Account over_http = {};
  const auto begin = std::chrono::steady_clock::now();
  std::thread reader([&, url = house.api("/devices/" + devices[0].id.str()),
                      token = house.stack.env("EPICURA_ADMIN_TOKEN")] { expect_503(http_get(url, token)); });
  post_from_each(house, devices, 1, over_http);
  reader.join();
  CHECK(std::chrono::steady_clock::now() - begin < 8s);
  postgres.end();
  every_acknowledged_reading_is_in_the_table_exactly_once(house, over_http);
}
