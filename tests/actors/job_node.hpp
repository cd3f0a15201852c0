#pragma once
// What of the program does jobs, beside a real PostgreSQL and a real nats-server.

#include <doctest/doctest.h>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/job_queue.hpp"
#include "actors/job_runner.hpp"
#include "bus/subscription.hpp"
#include "schema/pg/job_queries.hpp"
#include "tests/bus/bus_fixture.hpp"
#include "tests/pg/migrated.hpp"

namespace epicura::tests {

struct JobNodeConfig : caf::actor_system_config {
  JobNodeConfig() {
    add_message_types<caf::id_block::epicura>();
    set("scheduler.max-threads", std::size_t{2});
    set("logger.verbosity", caf::atom("quiet"));
  }
};

// A node of the program, as far as jobs go.
class JobNode {
 public:
  JobNode(const std::string& conninfo, const bus::NatsServer& server, JobWorks works,
          std::span<const ScheduledJob> scheduled = {}, Millis ack_wait = Millis{2'000})
      : database_({.conninfo = conninfo, .name = "test"}, {}, metrics),
        nats_({server.url(), "test", "_INBOX_epicura"}, {}, metrics),
        store_(nats_, {8192, Millis{3000}}, metrics) {
    REQUIRE(nats_.start());
    REQUIRE(pg::eventually([this] { return database_.connected(); }));
    runner_ = system_.spawn<caf::detached>(
        job_runner, JobRunnerConfig{[this](auto unit) { return ask(std::move(unit)); }, std::move(works),
                                    [this](std::span<const std::string> acks) { bus::acknowledge(nats_, acks); },
                                    [this](const std::string& ack) { bus::decline(nats_, ack, Millis{100}); },
                                    [this](const DeadLetter& letter, std::function<void(bool)> done) {
                                      if (refuses_letter_once.exchange(false)) return done(false);
                                      store_.publish(
                                          {bus::dead_letter_subject(letter.source), encode(letter, now()), {}},
                                          [done = std::move(done)](bus::StoreOutcome outcome) {
                                            done(outcome == bus::StoreOutcome::stored);
                                          });
                                    },
                                    &metrics});
    consumer_.emplace(
        nats_, bus::ConsumerSpec{"JOBS", "job-runner", 1, ack_wait},
        [to = runner_](const bus::Delivery& delivery) {
          caf::anon_send(to, JobDelivery{delivery.stream_seq, delivery.ack_subject, std::string(delivery.subject),
                                         std::string(delivery.payload)});
        },
        metrics);
    keeper_.emplace(
        nats_, std::vector{bus::job_stream(), bus::dead_letter_stream(16 << 20)},
        std::vector<bus::Consumer*>{&*consumer_},
        [this](const bus::BusState& state) { streams_ready = state.streams_ready; }, metrics);
    queue_ = system_.spawn(
        job_queue,
        JobQueueConfig{
            [this](std::chrono::seconds lost, pg::Callback done) {
              database_.execute(pg::queries::queue_due_jobs, pg::params_of(static_cast<std::int64_t>(lost.count())),
                                std::move(done));
            },
            [this](const std::vector<Uuid>& ids, pg::Callback done) {
              database_.execute(pg::queries::unqueue_jobs, pg::Params().add(std::span(ids)), std::move(done));
            },
            [this](std::string_view kind, const std::string& key, pg::Callback done) {
              database_.execute(pg::queries::schedule_job, pg::params_of(Uuid::v7(), kind, std::string_view(key)),
                                std::move(done));
            },
            [this](const bus::Outgoing& message, bus::Store::Done done) { store_.publish(message, std::move(done)); },
            scheduled, now, &metrics});
  }
  ~JobNode() {
    consumer_->drain(Millis{500});
    keeper_->stop();
    caf::anon_send_exit(queue_, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(runner_, caf::exit_reason::user_shutdown);
    database_.stop();
    store_.stop();
    queue_ = nullptr;
    runner_ = nullptr;
    consumer_.reset();
    system_.await_all_actors_done();
    keeper_.reset();
  }
  void look() const { caf::anon_send(queue_, sweep_atom_v, std::uint64_t{0}); }
  void publish(const std::string& subject, const std::string& payload) {
    store_.publish({subject, payload, {}}, [](bus::StoreOutcome) {});
  }

  observe::Metrics metrics;
  std::atomic<bool> streams_ready{false};
  std::atomic<const pg::Statement*> unanswered_once{nullptr};
  std::atomic<bool> refuses_letter_once{false};

 private:
  pg::Outcome ask(std::vector<std::pair<const pg::Statement*, pg::Params>> unit) {
    const auto* first = unit.front().first;
    if (!unanswered_once.compare_exchange_strong(first, nullptr)) return make_ask(database_)(std::move(unit));
    pg::Outcome outcome;
    outcome.failure = pg::Failure::away;
    return outcome;
  }

  JobNodeConfig config_;
  pg::Client database_;
  bus::Connection nats_;
  bus::Store store_;
  caf::actor_system system_{config_};
  job_runner_actor runner_;
  job_queue_actor queue_;
  std::optional<bus::Consumer> consumer_;
  std::optional<bus::Keeper> keeper_;
};

}  // namespace epicura::tests
