#include "actors/lane.hpp"

#include <condition_variable>

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <doctest/doctest.h>

#include "actors/protocol.hpp"
#include "actors/scheduler.hpp"

using namespace epicura;

namespace {

struct Config : caf::actor_system_config {
  Config() {
    add_message_types<caf::id_block::epicura>();
    set("scheduler.max-threads", std::size_t{2});
    set("logger.verbosity", caf::atom("quiet"));
    Scheduler::use_for(*this);
  }
};

// Where something was done.
class Place {
 public:
  void note() {
    const std::lock_guard lock(mutex_);
    threads_.push_back(std::this_thread::get_id());
    changed_.notify_all();
  }
  // Of the `number`th time, from 1; waits for it.
  std::thread::id thread(std::size_t number) {
    std::unique_lock lock(mutex_);
    REQUIRE(changed_.wait_for(lock, std::chrono::seconds{10}, [&] { return threads_.size() >= number; }));
    return threads_[number - 1];
  }
  std::size_t times() {
    const std::lock_guard lock(mutex_);
    return threads_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::thread::id> threads_;
};

using worker_actor =
    caf::typed_actor<caf::reacts_to<start_atom>, caf::reacts_to<sweep_atom>, caf::reacts_to<stop_atom>>;

// Notes where it handles `start` and `sweep`.
worker_actor::behavior_type noting(worker_actor::pointer self, Place* place) {
  return {[place](start_atom) { place->note(); }, [place](sweep_atom) { place->note(); },
          [self](stop_atom) { self->quit(); }};
}

void work_off(http::Mailbox& mailbox) {
  std::vector<http::Mail> mail;
  for (mailbox.take(mail); !mail.empty(); mailbox.take(mail)) {
    for (auto& each : mail) std::get<http::Task>(each)();
  }
}

}  // namespace

TEST_CASE("an actor on a lane is run by its worker, and by CAF's threads when the worker has ended") {
  Config config;
  caf::actor_system system(config);
  const auto mailbox = std::make_shared<http::Mailbox>();
  Lane lane(system, mailbox);
  Place place;
  auto actor = system.spawn<caf::lazy_init>(noting, &place);
  const auto here = std::this_thread::get_id();

  lane.call(actor, start_atom_v);
  CHECK(place.times() == 1);  // done before the call returned
  CHECK(place.thread(1) == here);

  std::thread([&] {
    lane.send(actor, sweep_atom_v);
    lane.send(actor, sweep_atom_v);
  }).join();
  CHECK(place.times() == 1);  // the worker has not come to it yet
  work_off(*mailbox);
  CHECK(place.times() == 3);
  CHECK(place.thread(3) == here);

  for (auto& left : mailbox->close()) std::get<http::Task>(left)();
  lane.send(actor, sweep_atom_v);
  CHECK(place.thread(4) != here);

  lane.call(actor, stop_atom_v);  // wherever it is run now
  actor = nullptr;
  system.await_all_actors_done();
}

TEST_CASE("whom an actor on a lane sends to is run by CAF's threads") {
  Config config;
  caf::actor_system system(config);
  const auto mailbox = std::make_shared<http::Mailbox>();
  Lane lane(system, mailbox);
  Place place;
  auto other = system.spawn(noting, &place);
  auto actor = system.spawn<caf::lazy_init>([other](worker_actor::pointer self) -> worker_actor::behavior_type {
    return {[self, other](start_atom) { self->send(other, sweep_atom_v); }, [](sweep_atom) {},
            [self](stop_atom) { self->quit(); }};
  });
  lane.call(actor, start_atom_v);
  CHECK(place.thread(1) != std::this_thread::get_id());
  caf::anon_send(other, stop_atom_v);
  caf::anon_send(actor, stop_atom_v);
}

TEST_CASE("the quiet clock keeps time: delayed messages and the time limits of requests come, and are taken back") {
  Config config;
  caf::actor_system system(config);
  Place place;
  auto actor = system.spawn(noting, &place);
  caf::delayed_anon_send(actor, std::chrono::milliseconds{5}, sweep_atom_v);
  place.thread(1);
  caf::anon_send(actor, stop_atom_v);
  actor = nullptr;

  using asked_actor = caf::typed_actor<caf::replies_to<stop_atom>::with<stop_atom>>;
  const auto silent = system.spawn([](asked_actor::pointer self) -> asked_actor::behavior_type {
    return {[self](stop_atom) -> caf::result<stop_atom> { return self->make_response_promise<stop_atom>(); }};
  });
  std::atomic<int> late{0};
  for (const auto limit : {std::chrono::milliseconds{5}, std::chrono::milliseconds{60'000}}) {
    system.spawn([&, limit](caf::event_based_actor* self) {
      self->request(silent, limit, stop_atom_v)
          .then([](stop_atom) {},
                [&](const caf::error&) {
                  ++late;
                  place.note();
                });
      if (limit > std::chrono::seconds{1}) self->quit();  // its end takes the time-out back
    });
  }
  place.thread(2);
  CHECK(late == 1);
}
