// Who may see a device and what an API key is good for, as the statements keep it.
#include "schema/pg/api_key_queries.hpp"
#include "schema/pg/right_queries.hpp"
#include "tests/pg/migrated.hpp"

namespace epicura::pg {

namespace {

namespace q = queries;

const std::string& database() {
  static const std::string conninfo = migrated_database("rights");
  return conninfo;
}

void sql(const std::string& text) {
  run_sql(database(), text);
}

Uuid make_user(bool verified = true) {
  const auto id = Uuid::v7();
  sql("insert into users (id, email, name, email_verified) values ('" + id.str() + "', '" + id.str() +
      "@example.org', 'Ada', " + (verified ? "true" : "false") + ")");
  return id;
}

Uuid make_device(const Uuid& owner, const std::string& since = "2026-11-10 00:00+00") {
  const auto id = Uuid::v7();
  sql("insert into devices (id, owner_id, owned_since) values ('" + id.str() + "', '" + owner.str() + "', '" + since +
      "')");
  return id;
}

void share(const Uuid& device, const Uuid& user, const std::string& since = "2026-11-15 00:00+00") {
  sql("insert into device_shares (device_id, user_id, created_at) values ('" + device.str() + "', '" + user.str() +
      "', '" + since + "')");
}

const std::string some_hash(32, 'h');

Params new_key(const Uuid& id, const Uuid& user, std::int64_t days = 90, std::int64_t most = 20) {
  Params params = params_of(id, user, std::string_view("a program"), std::string_view(some_hash));
  const std::string_view scopes[] = {"devices:read", "heat"};
  params.add(std::span(scopes)).add(days).add(most);
  return params.add(std::string_view("the-request")).add(std::string_view("192.0.2.1"));
}

}  // namespace

TEST_CASE("a device is its owner's and whose guest they are, each from the time on that they have the right") {
  TestClient client(database());
  const auto owner = make_user(), guest = make_user(), stranger = make_user();
  const auto device = make_device(owner);
  share(device, guest);
  const auto seen = [&](const Uuid& id, const Uuid& user) {
    return client.rows(q::get_device_of_user, params_of(id, user));
  };
  REQUIRE(seen(device, owner).size() == 1);
  CHECK(seen(device, owner).uuid(0, 0) == device);
  CHECK(seen(device, owner).uuid(0, 12) == owner);
  CHECK(seen(device, owner).timestamp(0, 13) == at("2026-11-10T00:00:00Z"));
  REQUIRE(seen(device, guest).size() == 1);
  CHECK(seen(device, guest).timestamp(0, 13) == at("2026-11-15T00:00:00Z"));
  CHECK(seen(device, stranger).size() == 0);
  CHECK(seen(Uuid::v7(), owner).size() == 0);
  CHECK(seen(make_device(stranger), owner).size() == 0);
  // A share with the owner takes nothing from them, nor gives a second row.
  share(device, owner, "2026-11-16 00:00+00");
  REQUIRE(seen(device, owner).size() == 1);
  CHECK(seen(device, owner).timestamp(0, 13) == at("2026-11-10T00:00:00Z"));
}

TEST_CASE("who was a guest of the owner before is none of the next, nor of a device that is nobody's") {
  TestClient client(database());
  const auto owner = make_user(), next = make_user(), guest = make_user();
  const auto device = make_device(owner);
  share(device, guest);
  const auto sees = [&](const Uuid& user) {
    return client.rows(q::get_device_of_user, params_of(device, user)).size();
  };
  CHECK(sees(guest) == 1);
  sql("update devices set owner_id = '" + next.str() + "', owned_since = '2026-11-20 00:00+00' where id = '" +
      device.str() + "'");
  CHECK(sees(guest) == 0);
  CHECK(sees(owner) == 0);
  CHECK(sees(next) == 1);
  sql("delete from users where id = '" + next.str() + "'");
  CHECK(sees(guest) == 0);
  CHECK(client.rows(q::get_device, params_of(device)).size() == 1);  // the device is still there
  CHECK(client.rows(q::get_device, params_of(device)).uuid_or_null(0, 12) == std::nullopt);
}

TEST_CASE("nobody owns a device since no time") {
  TestClient client(database());
  const auto owner = make_user();
  static constexpr Statement careless{"careless", "update devices set owner_id = $2::uuid where id = $1::uuid"};
  const auto device = Uuid::v7();
  sql("insert into devices (id) values ('" + device.str() + "')");
  CHECK(client.run(careless, params_of(device, owner)).sqlstate == "23514");
}

TEST_CASE("an API key is found by its hash while it lives and its user does") {
  TestClient client(database());
  const auto user = make_user();
  const auto id = Uuid::v7();
  const auto made = client.rows(q::create_api_key, new_key(id, user));
  REQUIRE(made.size() == 1);
  CHECK(made.timestamp(0, 1) - made.timestamp(0, 0) == std::chrono::hours{24 * 90});
  const auto find = [&](std::string_view hash) { return client.rows(q::find_api_key, params_of(id, hash)); };
  REQUIRE(find(some_hash).size() == 1);
  CHECK(find(some_hash).uuid(0, 0) == user);
  CHECK(find(some_hash).text(0, 1) == "devices:read heat");
  CHECK(find(std::string(32, 'i')).size() == 0);
  CHECK(client.rows(q::find_api_key, params_of(Uuid::v7(), std::string_view(some_hash))).size() == 0);

  CHECK(find(some_hash).boolean(0, 2));
  CHECK(client.rows(q::touch_api_key, params_of(id)).affected() == 1);
  CHECK_FALSE(find(some_hash).boolean(0, 2));
  CHECK(client.rows(q::touch_api_key, params_of(id)).affected() == 0);
  sql("update api_keys set last_used_at = now() - interval '61 s'");
  CHECK(find(some_hash).boolean(0, 2));

  sql("update users set disabled_at = now() where id = '" + user.str() + "'");
  CHECK(find(some_hash).size() == 0);
  sql("update users set disabled_at = null where id = '" + user.str() + "'");
  CHECK(find(some_hash).size() == 1);
  sql("update api_keys set created_at = now() - interval '90 days', expires_at = now() where id = '" + id.str() + "'");
  CHECK(find(some_hash).size() == 0);
}

TEST_CASE("a key lives at most a year, whoever writes the row") {
  TestClient client(database());
  const auto user = make_user();
  CHECK(client.rows(q::create_api_key, new_key(Uuid::v7(), user, 365)).size() == 1);
  CHECK(client.run(q::create_api_key, new_key(Uuid::v7(), user, 366)).sqlstate == "23514");
}

TEST_CASE("keys are for who has proved their address and is not disabled") {
  TestClient client(database());
  CHECK(client.rows(q::create_api_key, new_key(Uuid::v7(), make_user(false))).size() == 0);
  const auto disabled = make_user();
  sql("update users set disabled_at = now() where id = '" + disabled.str() + "'");
  CHECK(client.rows(q::create_api_key, new_key(Uuid::v7(), disabled)).size() == 0);
}

TEST_CASE("two who make the last key at one moment: one does") {
  TestClient one(database()), other(database());
  for (int i = 0; i < 20; ++i) {
    const auto user = make_user();
    const auto make = [&](TestClient& client) {
      return client.submit(
          {{&q::queue_for_api_keys, params_of(user)}, {&q::create_api_key, new_key(Uuid::v7(), user, 90, 1)}});
    };
    auto first = make(one);
    auto second = make(other);
    CHECK(get(first).results.at(1).size() + get(second).results.at(1).size() == 1);
  }
}

TEST_CASE("a key is revoked once, by its user alone; it makes room, and the audit log has both") {
  TestClient client(database());
  const auto user = make_user(), stranger = make_user();
  const auto id = Uuid::v7();
  const auto make = [&](const Uuid& key) { return client.rows(q::create_api_key, new_key(key, user, 90, 1)).size(); };
  const auto revoke = [&](const Uuid& who) {
    return client
        .rows(q::revoke_api_key, params_of(id, who, std::string_view("the-request"), std::string_view("192.0.2.1")))
        .size();
  };
  CHECK(make(id) == 1);
  CHECK(make(Uuid::v7()) == 0);
  CHECK(revoke(stranger) == 0);
  CHECK(client.rows(q::list_api_keys, params_of(user)).size() == 1);
  CHECK(client.rows(q::list_api_keys, params_of(stranger)).size() == 0);
  CHECK(revoke(user) == 1);
  CHECK(revoke(user) == 0);
  CHECK(client.rows(q::find_api_key, params_of(id, std::string_view(some_hash))).size() == 0);
  CHECK(client.rows(q::list_api_keys, params_of(user)).size() == 0);
  CHECK(make(Uuid::v7()) == 1);
  const auto log = run_sql(database(),
                           "select string_agg(actor_kind || ' ' || action || ' ' || target_kind || ' ' || "
                           "outcome, ', ' order by seq) from audit_log where target_id = '" +
                               id.str() + "'");
  CHECK(log.text(0, 0) == "user api_key.made api_key done, user api_key.revoked api_key done");
}

TEST_CASE("keys that have been dead for long are deleted") {
  TestClient client(database());
  const auto user = make_user();
  for (int i = 0; i < 3; ++i) client.rows(q::create_api_key, new_key(Uuid::v7(), user));
  const auto where = " where id in (select id from api_keys where user_id = '" + user.str() + "' ";
  sql("update api_keys set revoked_at = now() - interval '91 days'" + where + "limit 1)");
  sql("update api_keys set created_at = now() - interval '200 days', expires_at = now() - interval '91 days'" + where +
      "and revoked_at is null limit 1)");
  client.rows(q::forget_old_api_keys);
  CHECK(run_sql(database(), "select 1 from api_keys where user_id = '" + user.str() + "'").size() == 1);
}

}  // namespace epicura::pg
