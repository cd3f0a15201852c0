// The actors, and what each is given to do its work with.

#include "actors/program_parts.hpp"

#include <unistd.h>

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/cli/options.hpp"
#include "actors/jobs/jobs.hpp"
#include "bus/announce.hpp"
#include "bus/subjects.hpp"
#include "schema/pg/account_queries.hpp"
#include "schema/pg/job_queries.hpp"

namespace epicura {

void Program::Parts::spawn_actors() {
  const Acknowledge acknowledge = [this](std::span<const std::string> subjects) { bus::acknowledge(nats, subjects); };
  const PublishLetter publish_letter = [this](const DeadLetter& letter, std::function<void(bool)> done) {
    publish(letter, std::move(done));
  };
  directory_of_devices = system.spawn(directory, DirectoryConfig{make_twin_loader(history_database),
                                                                 std::chrono::seconds{settings.twin_idle_s}, &metrics});
  writer = system.spawn(telemetry_writer,
                        WriterConfig{make_reading_table(writer_database), Millis{settings.writer_linger_ms},
                                     static_cast<std::size_t>(settings.writer_batch_rows),
                                     [this] { return readiness.partitions.load(); }, &metrics});
  intake = system.spawn(telemetry_intake, IntakeConfig{telemetry_inbox, intake_load, writer, directory_of_devices,
                                                       acknowledge, publish_letter, &metrics});
  states = system.spawn(device_state,
                        DeviceStateConfig{device_inbox, make_device_table(database), directory_of_devices, acknowledge,
                                          publish_letter, now, [this] { return postgres_since(); },
                                          std::chrono::seconds{settings.presence_timeout_s}, &metrics});
  letter_writer = system.spawn(
      dead_letter_writer, LetterWriterConfig{letter_inbox, make_letter_table(history_database), acknowledge, &metrics});
  partition_keeper = system.spawn(partitions, PartitionConfig{make_partition_table(writer_database), now,
                                                              std::chrono::days{settings.retention_days}, &readiness});
  revocations_feed = system.spawn(
      revocation_feed,
      RevocationConfig{[this](const RevocationNews& news) { bus::announce(nats, bus::revoked_subject, encode(news)); },
                       [this](std::chrono::seconds back, pg::Callback done) {
                         database.execute(pg::queries::families_ended_lately,
                                          pg::params_of(static_cast<std::int64_t>(back.count())), std::move(done));
                       },
                       &revocations, &readiness, std::chrono::steady_clock::now, longest_token + clocks_apart,
                       instance_id});
  spawn_jobs(acknowledge, publish_letter);
  bridge = system.spawn<caf::detached>(bridge_owner,
                                       BridgeConfig{[this](BridgeSession which, std::function<void(bool)> changed) {
                                                      return make_session(which, std::move(changed));
                                                    },
                                                    make_bridge_lock(lock_database, instance), &readiness});
  const auto as_watched = [](std::string name, const auto& actor) {
    return std::pair{std::move(name), caf::actor_cast<caf::actor>(actor)};
  };
  terminator_of_all = system.spawn(
      terminator,
      TerminatorConfig{{as_watched("bridge", bridge), as_watched("intake", intake), as_watched("writer", writer),
                        as_watched("device_state", states), as_watched("dead_letter_writer", letter_writer),
                        as_watched("directory", directory_of_devices), as_watched("partitions", partition_keeper),
                        as_watched("revocations", revocations_feed), as_watched("job_queue", queue_of_jobs),
                        as_watched("job_runner", runner_of_jobs)},
                       [](const std::string& message) {
                         log::error("program", "{}; the service manager starts the program again", message);
                         log::stop();
                         _exit(cli::Exit::actor_died);
                       }});
  wired = true;
  // What may have connected before there was anybody to tell.
  caf::anon_send(bridge, lock_atom_v);
  caf::anon_send(partition_keeper, sweep_atom_v, std::uint64_t{0});
}

void Program::Parts::spawn_jobs(const Acknowledge& acknowledge, const PublishLetter& publish_letter) {
  const auto ask = make_ask(history_database);  // what is done later holds up nobody's request
  queue_of_jobs = system.spawn(
      job_queue,
      JobQueueConfig{
          [this](std::chrono::seconds lost, pg::Callback done) {
            database.execute(pg::queries::queue_due_jobs, pg::params_of(static_cast<std::int64_t>(lost.count())),
                             std::move(done));
          },
          [this](const std::vector<Uuid>& ids, pg::Callback done) {
            database.execute(pg::queries::unqueue_jobs, pg::Params().add(std::span(ids)), std::move(done));
          },
          [this](std::string_view kind, const std::string& unique_key, pg::Callback done) {
            database.execute(pg::queries::schedule_job, pg::params_of(Uuid::v7(), kind, std::string_view(unique_key)),
                             std::move(done));
          },
          [this](const bus::Outgoing& message, bus::Store::Done done) { store.publish(message, std::move(done)); },
          jobs::scheduled, now, &metrics});
  runner_of_jobs = system.spawn<caf::detached>(
      job_runner,
      JobRunnerConfig{ask, jobs::works({settings, ask, mail_links, mailer, media.store, decoder}), acknowledge,
                      [this](const std::string& ack_subject) { bus::decline(nats, ack_subject, Millis{1000}); },
                      publish_letter, &metrics});
}

}  // namespace epicura
