#include "actors/readiness.hpp"

#include <doctest/doctest.h>

using namespace epicura;

namespace {

void make_ready(Readiness& now) {
  now.postgres = now.partitions = now.nats = now.streams = now.consumers = now.revocations = true;
  now.bridge_telemetry = now.bridge_device = now.broker_admits = true;
  now.telemetry_max_bytes = 1'000'000;
}

}  // namespace

TEST_CASE("ready is who has every dependency, and does not shut down") {
  Readiness now;
  CHECK_FALSE(now.ready());
  make_ready(now);
  CHECK(now.ready());
  for (auto* part : {&now.postgres, &now.partitions, &now.nats, &now.streams, &now.consumers, &now.bridge_telemetry,
                     &now.bridge_device, &now.broker_admits, &now.revocations}) {
    *part = false;
    CHECK_FALSE(now.ready());
    *part = true;
  }
  now.stopping = true;
  CHECK_FALSE(now.ready());
}

TEST_CASE("who stands by needs no bridge: another process has it") {
  Readiness now;
  make_ready(now);
  now.bridge_telemetry = now.bridge_device = now.broker_admits = false;
  now.standby = true;
  CHECK(now.ready());
  now.postgres = false;
  CHECK_FALSE(now.ready());
}

TEST_CASE("while readings wait for PostgreSQL new ones are not taken; all else is, so it is ready") {
  Readiness now;
  make_ready(now);
  now.backlog = 0.79;
  CHECK(now.can_store_telemetry());
  now.backlog = 0.8;
  CHECK_FALSE(now.can_store_telemetry());
  CHECK(now.can_store());  // status, events, acknowledgements of commands
  CHECK(now.ready());
}

TEST_CASE("what went into the stream since the backlog was measured is backlog") {
  Readiness now;
  make_ready(now);
  now.backlog = 0.7;
  now.count_stored(500, 100'000 - 500 - 32 - 1);
  CHECK(now.has_room());
  now.count_stored(0, 0);
  CHECK_FALSE(now.has_room());
  now.measured_bytes = now.stored_bytes.load();
  CHECK(now.has_room());
  now.nats = false;
  CHECK_FALSE(now.can_store_telemetry());
}
