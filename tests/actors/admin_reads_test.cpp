#include "actors/admin_reads.hpp"

#include <doctest/doctest.h>

#include "tests/actors/accounts.hpp"
#include "tests/pg/session.hpp"

using namespace epicura;

namespace {

using std::chrono::seconds;
const AdminReads::Moment begin{};

AdminReads::Read some_read() {
  return {Uuid::v7(), "getDevice", Uuid::v7()};
}

}  // namespace

TEST_CASE("the first read of a minute is to be told, those behind it are counted") {
  AdminReads reads;
  const auto read = some_read();
  CHECK_FALSE(reads.count(read, begin));
  CHECK_FALSE(reads.count(read, begin));  // the first was not told yet
  reads.begin(read, begin);
  for (int i = 0; i < 3; ++i) CHECK(reads.count(read, begin + seconds{59}));
  CHECK_FALSE(reads.count({read.admin, "getTelemetry", read.device}, begin));
  CHECK_FALSE(reads.count({Uuid::v7(), read.route, read.device}, begin));
  CHECK_FALSE(reads.count({read.admin, read.route, Uuid::v7()}, begin));
  CHECK(reads.take_ended(begin + seconds{59}).empty());
  CHECK_FALSE(reads.count(read, begin + seconds{60}));
  reads.begin(read, begin + seconds{60});
  CHECK(reads.count(read, begin + seconds{61}));
  const auto ended = reads.take_ended(begin + seconds{120});
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].times == 4);
  CHECK(ended[0].read.device == read.device);
  CHECK(reads.take_all().empty());
}

TEST_CASE("what could not be told is counted on; a minute of one read alone tells nothing more") {
  AdminReads reads;
  const auto read = some_read();
  reads.begin(read, begin);
  CHECK(reads.count(read, begin));
  const auto ended = reads.take_ended(begin + seconds{60});
  REQUIRE(ended.size() == 1);
  reads.put_back(ended[0], begin + seconds{61});
  reads.begin(read, begin + seconds{62});
  CHECK(reads.count(read, begin + seconds{62}));
  const auto again = reads.take_all();
  REQUIRE(again.size() == 1);
  CHECK(again[0].times == 2);
  reads.begin(some_read(), begin);
  CHECK(reads.take_all().empty());
}

TEST_CASE("however many things are read, it holds so many and no more") {
  AdminReads reads;
  for (std::size_t i = 0; i < AdminReads::most; ++i) reads.begin(some_read(), begin);
  const auto late = some_read();
  reads.begin(late, begin);
  CHECK_FALSE(reads.count(late, begin));
}

TEST_CASE("an admin's look at a device is in the audit log before it is answered; a user's or the device's is not") {
  tests::Accounts house;
  pg::Session log(house.conninfo);
  const auto reads = [&log] { return log.ask("select count(*) from audit_log where action = 'device.read'"); };
  const auto device = house.register_device();
  const auto admin = Uuid::v7();
  const auto token =
      house.sign({admin, Role::admin, "", house.clock, house.clock + std::chrono::hours{1}, {}, {}, true});
  const auto path = "/devices/" + device.str();
  REQUIRE(house.ask("GET", path, tests::ApiHouse::token(device)).status == 200);
  REQUIRE(house.ask("GET", path, house.person(Role::user)).status == 404);
  CHECK(reads() == "0");
  REQUIRE(house.ask("GET", path, token).status == 200);
  CHECK(log.ask("select actor_kind || ' ' || actor_id || ' ' || target_kind || ' ' || target_id || ' ' || address || "
                "' ' || request_id from audit_log where action = 'device.read'") ==
        "admin " + admin.str() + " device " + device.str() + " 192.0.2.1 " + house.request_id);
  CHECK(log.ask("select detail->>'route' from audit_log where action = 'device.read'") == "getDevice");
  REQUIRE(house.ask("GET", path, token).status == 200);
  CHECK(reads() == "1");
  REQUIRE(house.ask("GET", path + "/telemetry?limit=1", token).status == 200);
  CHECK(reads() == "2");
  const auto ended = house.admin_reads.take_all();
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].times == 1);
  // Another's, and one that there is not: who looks for it is told of, too.
  REQUIRE(house.ask("GET", "/devices/" + Uuid::v7().str(), token).status == 404);
  CHECK(reads() == "3");
}
