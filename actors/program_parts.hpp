#pragma once
// What the program is made of. program.cpp makes it and ends it; program_actors.cpp wires the actors, program_bus.cpp
// NATS and the bridge, program_http.cpp the servers.

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/fwd.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "actors/admin_reads.hpp"
#include "actors/bridge_owner.hpp"
#include "actors/bridge_sink.hpp"
#include "actors/broker_report.hpp"
#include "actors/dead_letter_writer.hpp"
#include "actors/device_state.hpp"
#include "actors/directory.hpp"
#include "actors/job_queue.hpp"
#include "actors/job_runner.hpp"
#include "actors/mail/mailer.hpp"
#include "actors/media/image_decoder.hpp"
#include "actors/media/media.hpp"
#include "actors/partitions.hpp"
#include "actors/program.hpp"
#include "actors/quota_feed.hpp"
#include "actors/request.hpp"
#include "actors/revocation_feed.hpp"
#include "actors/scheduler.hpp"
#include "actors/telemetry_intake.hpp"
#include "actors/telemetry_writer.hpp"
#include "actors/terminator.hpp"
#include "bus/consumer.hpp"
#include "bus/keeper.hpp"
#include "bus/subscription.hpp"
#include "http/server.hpp"

namespace epicura {

constexpr std::chrono::seconds clocks_apart{60};          // of two nodes, at most
constexpr std::chrono::seconds longest_token{24 * 3600};  // that the settings allow, whatever they are now

class ActorConfig : public caf::actor_system_config {
 public:
  explicit ActorConfig(std::int64_t threads) {
    add_message_types<caf::id_block::epicura>();
    set("scheduler.max-threads", static_cast<std::size_t>(threads));
    Scheduler::use_for(*this);
    set("logger.verbosity", caf::atom("quiet"));
  }
};

// In the order of construction; what stands below uses what stands above.
struct Program::Parts {
  explicit Parts(Settings given);

  const Settings settings;
  const Uuid instance_id = Uuid::v7();
  const std::string instance = fmt::format("epicura-lock-{}", instance_id.str());
  observe::Metrics metrics;
  Readiness readiness;
  TokenGenerations generations;
  RequestDesk desk{static_cast<std::size_t>(settings.max_requests), metrics};
  const AccessTokens access_tokens{{settings.jwt_secret, settings.jwt_secret_previous}, settings.public_url, "epicura"};
  const RefreshTokens refresh_tokens{settings.jwt_refresh_secret};
  const MailLinks mail_links{{settings.mail_link_secret, settings.mail_link_secret_previous}};
  const SealedBox sealed_box{{settings.mfa_secret, settings.mfa_secret_previous}};
  Mailer mailer{settings, metrics};
  Media media{settings};
  ImageDecoder decoder{media.store, {}, metrics};
  const RecoveryCodes recovery_codes{{settings.mfa_secret, settings.mfa_secret_previous}};
  const ApiKeys api_keys{{settings.api_key_secret, settings.api_key_secret_previous}};
  Revocations revocations{longest_token + clocks_apart};
  Quotas quotas{settings, metrics};
  PasswordPool passwords{static_cast<std::size_t>(settings.password_threads), metrics};
  ActorConfig actor_config{settings.scheduler_threads};

  bus::Connection nats;
  bus::Store bridge_store;
  bus::Store store;
  std::atomic<bool> wired{false};  // the actors below exist: before that, PostgreSQL's events have nobody to tell
  pg::Client database;
  pg::Client history_database;
  pg::Client writer_database;
  pg::Client lock_database;

  caf::actor_system system{actor_config};
  directory_actor directory_of_devices;
  writer_actor writer;
  intake_actor intake;
  device_state_actor states;
  dead_letter_writer_actor letter_writer;
  partition_actor partition_keeper;
  revocation_actor revocations_feed;
  job_queue_actor queue_of_jobs;
  job_runner_actor runner_of_jobs;
  bridge_actor bridge;
  terminator_actor terminator_of_all;

  std::shared_ptr<TelemetryInbox> telemetry_inbox = std::make_shared<TelemetryInbox>();
  std::shared_ptr<IntakeLoad> intake_load = std::make_shared<IntakeLoad>();
  observe::Counter& postponed = metrics.counter("epicura_intake_postponed_total",
                                                "messages left to JetStream because too many readings were open");
  std::shared_ptr<DeviceInbox> device_inbox = std::make_shared<DeviceInbox>();
  std::shared_ptr<LetterInbox> letter_inbox = std::make_shared<LetterInbox>();
  BrokerReport broker_report{readiness, metrics};
  BridgeSink telemetry_sink{make_bridge_streams(nats, bridge_store, store), now, metrics};
  BridgeSink device_sink{make_bridge_streams(nats, bridge_store, store), now, metrics};
  std::unique_ptr<bus::Consumer> telemetry_consumer;
  std::unique_ptr<bus::Consumer> device_consumer;
  std::unique_ptr<bus::Consumer> job_consumer;
  std::unique_ptr<bus::Consumer> letter_consumer;
  std::unique_ptr<bus::Subscription> node_news;  // what the nodes tell one another
  AdminReads admin_reads;
  QuotaFeed quota_feed{nats, quotas, instance_id};
  int nats_listener = 0;
  std::uint64_t counted_at_last_look = 0;  // the keeper's thread alone
  std::unique_ptr<bus::Keeper> keeper;

  observe::Counter& log_lines_dropped =
      metrics.counter("epicura_log_lines_dropped_total", "Lines that nobody wrote out in time");
  std::unique_ptr<Services> services;
  std::mutex lanes_mutex;
  std::vector<std::unique_ptr<Lane>> lanes;  // of all servers' workers
  Lane& lane_of(const http::Reply& reply);
  std::unique_ptr<http::Server> api;
  std::unique_ptr<http::Server> operations;

  void spawn_actors();
  void spawn_jobs(const Acknowledge& acknowledge, const PublishLetter& publish_letter);
  void hear(natsMsg* message);
  void listen_to_nodes();
  void tell_reads(const std::vector<AdminReads::Counted>& ended);
  void tell_last_reads();
  void revoke(const std::vector<Uuid>& families);
  void start_consumers();
  void publish(const DeadLetter& letter, std::function<void(bool stored)> done);
  void refuse_subject(const char* source, const bus::Delivery& delivery);
  void start_servers();
  std::unique_ptr<bridge::Session> make_session(BridgeSession which, std::function<void(bool)> changed);
  void ask_postgres();
  std::optional<Timestamp> postgres_since() const {
    return readiness.postgres ? std::optional(Timestamp{Millis{readiness.postgres_since_ms}}) : std::nullopt;
  }
  void stop();

 private:
  std::atomic<bool> asking_postgres_{false};
  void stop_bridge(caf::scoped_actor& self);
  void flush(caf::scoped_actor& self, bool bus_answers);
};

}  // namespace epicura
