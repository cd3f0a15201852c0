#include <doctest/doctest.h>

#include "tests/pg/migrated.hpp"

namespace epicura::pg {

namespace {

const std::string& database() {
  static const std::string conninfo = PrivatePostgres::instance().new_database("bridge_lock");
  return conninfo;
}

ClientSettings named(std::string name) {
  return {.conninfo = database(), .name = std::move(name)};
}
Params text(std::string_view value) {
  return params_of(value);
}
bool takes(TestClient& client) {
  return client.rows(queries::try_bridge_lock).boolean(0, 0);
}

}  // namespace

TEST_CASE("one connection holds the bridge's lock, as often as it asks, and it goes with the connection") {
  TestClient other(named("bridge-b"));
  {
    TestClient holder(named("bridge-a"));
    CHECK(other.rows(queries::bridge_lock_holder).size() == 0);
    CHECK(takes(holder));
    CHECK(takes(holder));
    CHECK_FALSE(takes(other));
    const auto rows = other.rows(queries::bridge_lock_holder);
    REQUIRE(rows.size() == 1);
    CHECK(rows.int8(0, 0) == holder.rows(backend_pid).int8(0, 0));
    CHECK(rows.text(0, 1) == "bridge-a");
    CHECK(now() - rows.timestamp(0, 2) < std::chrono::minutes(1));
  }
  CHECK(eventually([&] { return takes(other); }));
}

TEST_CASE("a ghost is ended by its name, and only if it holds the lock") {
  const std::string name = "bridge-with-a-name-that-is-longer-than-the-63-bytes-that-the-server-keeps-of-it";
  TestClient ghost(named(name)), bystander(named(name)), next(named(name));
  REQUIRE(takes(ghost));
  const auto pid = ghost.rows(backend_pid).int8(0, 0), bystanders = bystander.rows(backend_pid).int8(0, 0);
  CHECK(next.rows(queries::terminate_ghost, text("another")).int8(0, 0) == 0);
  CHECK_FALSE(takes(next));
  CHECK(next.rows(queries::terminate_ghost, text(name)).int8(0, 0) == 1);
  CHECK(eventually([&] { return takes(next); }));
  CHECK(bystander.rows(backend_pid).int8(0, 0) == bystanders);
  CHECK(eventually([&] {
    const auto outcome = ghost.run(backend_pid);
    return outcome.ok() && outcome.results.at(0).int8(0, 0) != pid;
  }));
  CHECK_FALSE(takes(ghost));
  CHECK(next.rows(queries::terminate_ghost, text(name)).int8(0, 0) == 0);  // never itself
  CHECK(takes(next));
}

}  // namespace epicura::pg
