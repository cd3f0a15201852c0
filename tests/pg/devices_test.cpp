#include <doctest/doctest.h>

#include "tests/pg/migrated.hpp"

namespace epicura::pg {

namespace {

const std::string& database() {
  static const std::string conninfo = migrated_database("devices");
  run_sql(conninfo, "truncate devices cascade");
  return conninfo;
}

const auto t0 = Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 5 / 5));

struct Device {
  explicit Device(TestClient& through) : client(through) {
    client.rows(queries::register_device, params_of(id, std::nullopt, "pot-1", "1.0.0"));
  }
  // The new status, or nothing if the message changed nothing.
  std::optional<std::string> apply(bool online, std::int64_t epoch, StoredTime stored_at,
                                   std::optional<std::string_view> firmware = {}, bool retained = false) {
    const Uuid ids[] = {id};
    const std::string_view states[] = {online ? "online" : "offline"};
    const std::int64_t epochs[] = {epoch};
    const StoredTime times[] = {stored_at};
    const std::optional<std::string_view> firmwares[] = {firmware};
    const std::int64_t retains[] = {retained};
    const auto rows =
        client.rows(queries::apply_statuses, params_of(std::span(ids), std::span(states), std::span(epochs),
                                                       std::span(times), std::span(firmwares), std::span(retains)));
    if (rows.size() == 0) return std::nullopt;
    CHECK(rows.uuid(0, 0) == id);
    return std::string(rows.text(0, 1));
  }
  void touch(Timestamp time) {
    const Uuid ids[] = {id};
    const Timestamp times[] = {time};
    client.rows(queries::touch_devices, params_of(std::span(ids), std::span(times)));
  }
  int sweep(Timestamp cut_off) { return client.rows(queries::sweep_presence, params_of(cut_off)).size(); }
  Rows row() { return client.rows(queries::get_device, params_of(id)); }
  std::string presence() {
    const auto rows = row();
    return std::string(rows.text(0, 4)) + " " + std::string(rows.text_or_null(0, 5).value_or("-"));
  }

  TestClient& client;
  Uuid id = Uuid::v7();
};

}  // namespace

TEST_CASE("a device is registered once") {
  TestClient client(database());
  const auto id = Uuid::v7();
  const auto params = params_of(id, "Pot", std::nullopt, "1.4.0");
  const auto made = client.rows(queries::register_device, params);
  REQUIRE(made.size() == 1);
  CHECK(client.rows(queries::register_device, params).size() == 0);
  const auto row = client.rows(queries::get_device, params_of(id));
  for (const auto& rows : {made, row}) {
    CHECK(rows.uuid(0, 0) == id);
    CHECK(rows.text_or_null(0, 1) == "Pot");
    CHECK_FALSE(rows.text_or_null(0, 2));
    CHECK(rows.text_or_null(0, 3) == "1.4.0");
    CHECK(rows.text(0, 4) == "offline");
    CHECK_FALSE(rows.text_or_null(0, 5));
    CHECK_FALSE(rows.timestamp_or_null(0, 6));
    CHECK(rows.text(0, 7) == "idle");
    CHECK_FALSE(rows.uuid_or_null(0, 8));
    CHECK(rows.text(0, 9) == "{}");
    CHECK(rows.int8(0, 10) == 1);
    CHECK(now() - rows.timestamp(0, 11) < std::chrono::minutes(1));
  }
  CHECK(client.rows(queries::get_token_generation, params_of(id)).int8(0, 0) == 1);
  CHECK(client.rows(queries::get_token_generation, params_of(Uuid::v7())).size() == 0);
  CHECK(client.rows(queries::get_device, params_of(Uuid::v7())).size() == 0);
}

TEST_CASE("a status is applied only if it is newer by epoch, then by time") {
  TestClient client(database());
  Device device(client);
  CHECK(device.apply(true, 5, t0, "1.1.0") == "online");
  CHECK(device.row().text(0, 3) == "1.1.0");
  CHECK_FALSE(device.apply(true, 5, t0, "9.9.9"));                // the same message again
  CHECK_FALSE(device.apply(false, 4, t0 + Millis(10)));           // a late will of the connection before
  CHECK(device.apply(false, 5, t0 + Millis(10)) == "offline");    // this connection's own will
  CHECK_FALSE(device.apply(true, 5, t0 + Millis(15), {}, true));  // the retained birth, told again
  CHECK_FALSE(device.apply(true, 5, t0));                         // its birth, delivered again
  CHECK(device.apply(true, 6, t0 - Millis(1000)) == "online");    // a new connection counts, whatever the time
  CHECK_FALSE(device.apply(false, 5, t0 + Millis(99'999)));
  CHECK(device.presence() == "online birth");
  CHECK(device.row().text(0, 3) == "1.1.0");  // not said since
  CHECK(device.apply(true, 7, t0) == "online");
  CHECK(device.apply(false, 7, t0 + std::chrono::microseconds(1)) == "offline");
  CHECK_FALSE(device.apply(true, 7, t0));
  CHECK(device.presence() == "offline will");
  const auto presence = client.rows(queries::get_presence, params_of(device.id));
  CHECK(presence.stored_time(0, 2) == t0 + std::chrono::microseconds(1));
}

TEST_CASE("what a connection said comes before its retained birth, in whichever order they arrive") {
  TestClient client(database());
  Device device(client);
  CHECK(device.apply(true, 5, t0 + Millis(20), {}, true) == "online");
  CHECK_FALSE(device.apply(true, 5, t0 + Millis(30), {}, true));  // told once more
  CHECK(client.rows(queries::get_presence, params_of(device.id)).boolean(0, 3));
  CHECK(device.apply(true, 5, t0) == "online");  // redelivered
  CHECK(device.apply(false, 5, t0 + Millis(10)) == "offline");
  CHECK_FALSE(device.apply(true, 5, t0 + Millis(40), {}, true));
  CHECK(device.presence() == "offline will");
  CHECK_FALSE(client.rows(queries::get_presence, params_of(device.id)).boolean(0, 3));
}

TEST_CASE("the first status counts even at epoch 0; a device without a row changes nothing") {
  TestClient client(database());
  Device device(client);
  CHECK(device.apply(true, 0, t0) == "online");
  device.id = Uuid::v7();
  CHECK_FALSE(device.apply(true, 0, t0));
}

TEST_CASE("presence is read with the epoch and time that it hangs on") {
  TestClient client(database());
  Device device(client);
  const auto before = client.rows(queries::get_presence, params_of(device.id));
  CHECK(before.text(0, 0) == "offline");
  CHECK(before.int8(0, 1) == -1);
  CHECK_FALSE(before.timestamp_or_null(0, 2));
  device.apply(true, 42, t0);
  const auto after = client.rows(queries::get_presence, params_of(device.id));
  CHECK(after.text(0, 0) == "online");
  CHECK(after.int8(0, 1) == 42);
  CHECK(after.timestamp_or_null(0, 2) == t0);
  CHECK(client.rows(queries::get_presence, params_of(Uuid::v7())).size() == 0);
}

TEST_CASE("last_seen_at never goes back, and unknown devices are passed over") {
  TestClient client(database());
  Device a(client), b(client);
  const std::vector<Uuid> ids{a.id, b.id, Uuid::v7()};
  const auto touch = [&](const std::vector<Timestamp>& times) {
    return client.rows(queries::touch_devices, params_of(std::span(ids), std::span(times))).affected();
  };
  CHECK(touch({t0, t0 + Millis(5), t0}) == 2);
  CHECK(touch({t0 - Millis(1), t0 + Millis(6), t0}) == 1);
  CHECK(a.row().timestamp(0, 6) == t0);
  CHECK(b.row().timestamp(0, 6) == t0 + Millis(6));
}

TEST_CASE("the sweep takes silent devices offline, and brings back those that were seen again") {
  TestClient client(database());
  Device silent(client), heard(client), gone(client), fresh(client);
  for (auto* device : {&silent, &heard, &gone}) device->apply(true, 1, t0);
  gone.apply(false, 1, t0 + Millis(1));
  heard.touch(t0 + Millis(5000));
  const auto rows = client.rows(queries::sweep_presence, params_of(t0 + Millis(1000)));
  REQUIRE(rows.size() == 1);
  CHECK(rows.uuid(0, 0) == silent.id);
  CHECK(rows.text(0, 1) == "offline");
  CHECK(rows.text(0, 2) == "timeout");
  CHECK(silent.presence() == "offline timeout");
  CHECK(heard.presence() == "online birth");
  CHECK(gone.presence() == "offline will");
  CHECK(fresh.presence() == "offline -");

  CHECK(silent.sweep(t0 + Millis(1000)) == 0);
  silent.touch(t0 + Millis(2000));
  gone.touch(t0 + Millis(2000));  // a reading behind its will: still gone
  CHECK(silent.sweep(t0 + Millis(1500)) == 1);
  CHECK(silent.presence() == "online seen");
  CHECK(gone.presence() == "offline will");
  CHECK(silent.apply(false, 1, t0 + Millis(2500)) == "offline");  // the sweep has not touched epoch and time
}

TEST_CASE("the sweep does not wait for a device that somebody is writing") {
  TestClient client(database()), other(database());
  Device device(other);
  device.apply(true, 1, t0);
  constexpr Statement lock{"lock", "update devices set name = 'x' where id = $1::uuid"};
  auto busy = client.submit({{&lock, params_of(device.id)}, {&sleep_seconds, params_of(1.0)}});
  REQUIRE(eventually([] {
    return run_sql(PrivatePostgres::instance().conninfo("devices"),
                   "select 1 from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()")
               .size() == 1;
  }));
  CHECK(device.sweep(t0 + Millis(1)) == 0);
  CHECK(busy.wait_for(Millis(0)) == std::future_status::timeout);
  CHECK(get(busy).ok());
  CHECK(device.sweep(t0 + Millis(1)) == 1);
}

}  // namespace epicura::pg
