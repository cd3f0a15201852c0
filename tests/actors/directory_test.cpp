#include "actors/directory.hpp"

#include <doctest/doctest.h>

#include "tests/actors/stage.hpp"

using namespace epicura;
using namespace epicura::tests;

namespace {

struct Kitchen {
  Stage stage;
  std::vector<pg::Callback> loads;
  directory_actor devices = stage.system.spawn(
      directory, DirectoryConfig{[this](const Uuid&, pg::Callback done) { loads.push_back(std::move(done)); },
                                 std::chrono::seconds{60}, &stage.metrics});
  Uuid device = Uuid::v7();

  ~Kitchen() {
    loads.clear();
    stage.end(devices);
  }
  double twins() { return stage.metrics.gauge("epicura_twins", "").Value(); }
  // Asks for the twin; `done` is called when the answer is there.
  void ask(const std::function<void(const TwinAnswer&)>& done) {
    stage.system.spawn([this, done](caf::event_based_actor* self) {
      self->request(devices, caf::infinite, TwinQuery{device}).then([done](const TwinAnswer& answer) { done(answer); });
    });
    stage.run();
  }
};

}  // namespace

TEST_CASE("a device's actor is made on its first message and let go when idle") {
  Kitchen kitchen;
  kitchen.stage.send(kitchen.devices, batch({message(1, kitchen.device, {reading("t", 1)})}));
  CHECK(kitchen.twins() == 1);
  kitchen.stage.advance(std::chrono::seconds{59});
  CHECK(kitchen.twins() == 1);
  for (int i = 0; i < 8; ++i) kitchen.stage.advance(std::chrono::seconds{16});
  CHECK(kitchen.twins() == 0);
  CHECK(kitchen.stage.counted("epicura_twins_passivated_total") == 1);
  kitchen.stage.send(kitchen.devices, PresenceChange{kitchen.device, {true, 1, ""}, {}});
  CHECK(kitchen.twins() == 1);
}

TEST_CASE("who asks for a twin waits for what PostgreSQL knows, once; without it the answer says so") {
  Kitchen kitchen;
  int answers = 0;
  bool known = true;
  const auto count = [&](const TwinAnswer& answer) {
    ++answers;
    known = answer.twin != nullptr;
  };
  kitchen.ask(count);
  kitchen.ask(count);
  REQUIRE(kitchen.loads.size() == 1);  // one load for both
  CHECK(answers == 0);
  pg::Outcome away;
  away.failure = pg::Failure::away;
  kitchen.loads[0](away);
  kitchen.stage.run();
  CHECK(answers == 2);
  CHECK_FALSE(known);
  kitchen.ask(count);
  CHECK(kitchen.loads.size() == 2);  // and it is asked again
}

TEST_CASE("readings of many devices reach each its own actor; a batch is answered once it is handed on") {
  Kitchen kitchen;
  int fed = 0;
  auto feeder = kitchen.stage.system.spawn([&](caf::event_based_actor* self) -> caf::behavior {
    TelemetryMessages messages;
    for (std::uint64_t i = 1; i <= 50; ++i) messages.push_back(message(i, Uuid::v7(), {reading("t", 1)}));
    self->send(kitchen.devices, batch(std::move(messages)));
    return {[&](fed_atom) { ++fed; }};
  });
  kitchen.stage.run();
  CHECK(fed == 1);
  CHECK(kitchen.twins() == 50);
  kitchen.stage.end(feeder);
}
