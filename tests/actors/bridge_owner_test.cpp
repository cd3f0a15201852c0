#include "actors/bridge_owner.hpp"

#include <doctest/doctest.h>

#include <deque>

#include "tests/actors/rows.hpp"
#include "tests/actors/stage.hpp"

using namespace epicura;
using namespace epicura::tests;

namespace {

struct Lock final : BridgeLock {
  std::deque<pg::Callback> takes;
  std::deque<pg::Callback> ghosts;
  void take(pg::Callback done) override { takes.push_back(std::move(done)); }
  void end_ghosts(pg::Callback done) override { ghosts.push_back(std::move(done)); }
};

struct House {
  Stage stage;
  Readiness readiness;
  std::shared_ptr<Lock> lock = std::make_shared<Lock>();
  int sessions = 0;  // made so far; their gates are closed, so they never connect
  bridge_actor bridge =
      stage.system.spawn(bridge_owner, BridgeConfig{[this](BridgeSession, std::function<void(bool)> changed) {
                                                      ++sessions;
                                                      bridge::SessionEvents events;
                                                      events.store = [](auto&, auto&) { return true; };
                                                      events.open = [] { return false; };
                                                      events.changed = std::move(changed);
                                                      bridge::SessionSettings settings;
                                                      settings.socket_path = "/nonexistent";
                                                      return std::make_unique<bridge::Session>(
                                                          settings, std::move(events), stage.metrics, "test");
                                                    },
                                                    lock, &readiness});

  House() { stage.run(); }
  ~House() {
    lock->takes.clear();
    lock->ghosts.clear();
    stage.end(bridge);
  }
  void answer(std::deque<pg::Callback>& asked, pg::Outcome outcome) {
    REQUIRE_FALSE(asked.empty());
    auto done = std::move(asked.front());
    asked.pop_front();
    done(std::move(outcome));
    stage.run();
  }
};

}  // namespace

TEST_CASE("the bridge starts without the lock, and keeps running when PostgreSQL cannot be asked") {
  House house;
  CHECK(house.sessions == 0);  // for a moment the lock's answer is waited for
  house.stage.advance(std::chrono::seconds{1});
  CHECK(house.sessions == 2);
  house.stage.send(house.bridge, SessionChange{BridgeSession::telemetry, true});
  house.stage.send(house.bridge, lock_atom_v);
  house.answer(house.lock->takes, failed(pg::Failure::away));
  CHECK(house.readiness.bridge_telemetry);
  CHECK_FALSE(house.readiness.standby);
  house.stage.send(house.bridge, lock_atom_v);  // PostgreSQL is back: asked again
  house.answer(house.lock->takes, answered(one_row({binary(true)})));
  CHECK(house.sessions == 2);
}

TEST_CASE("who starts beside a running bridge never takes its sessions over") {
  House house;
  house.stage.send(house.bridge, lock_atom_v);
  house.answer(house.lock->takes, answered(one_row({binary(false)})));
  house.answer(house.lock->ghosts, answered(one_row({binary(std::int64_t{0})})));
  house.stage.advance(std::chrono::seconds{1});
  CHECK(house.sessions == 0);
  CHECK(house.readiness.standby);
}

TEST_CASE("who finds the lock held stands by, asks again, and starts when it is free") {
  House house;
  house.stage.advance(std::chrono::seconds{1});
  house.stage.send(house.bridge, SessionChange{BridgeSession::telemetry, true});
  house.stage.send(house.bridge, lock_atom_v);
  house.answer(house.lock->takes, answered(one_row({binary(false)})));
  house.answer(house.lock->ghosts, answered(one_row({binary(std::int64_t{0})})));
  CHECK(house.readiness.standby);
  CHECK_FALSE(house.readiness.bridge_telemetry);
  house.stage.advance(std::chrono::seconds{1});
  house.answer(house.lock->takes, answered(one_row({binary(false)})));
  house.answer(house.lock->ghosts, answered(one_row({binary(std::int64_t{0})})));
  CHECK(house.sessions == 2);
  house.stage.advance(std::chrono::seconds{1});
  house.answer(house.lock->takes, answered(one_row({binary(true)})));
  CHECK(house.sessions == 4);
  CHECK_FALSE(house.readiness.standby);
}

TEST_CASE("a lock held by this process's own dead connection stops nothing") {
  House house;
  house.stage.advance(std::chrono::seconds{1});
  house.stage.send(house.bridge, lock_atom_v);
  house.answer(house.lock->takes, answered(one_row({binary(false)})));
  house.answer(house.lock->ghosts, answered(one_row({binary(std::int64_t{1})})));
  CHECK_FALSE(house.readiness.standby);
  house.stage.advance(std::chrono::seconds{1});
  house.answer(house.lock->takes, answered(one_row({binary(true)})));
  CHECK(house.sessions == 2);
}

TEST_CASE("the broker's admission is forgotten when the session that hears of it is lost") {
  House house;
  house.stage.advance(std::chrono::seconds{1});
  house.readiness.broker_admits = true;
  house.stage.send(house.bridge, SessionChange{BridgeSession::device, true});
  CHECK(house.readiness.broker_admits);
  house.stage.send(house.bridge, SessionChange{BridgeSession::device, false});
  CHECK_FALSE(house.readiness.broker_admits);
}
