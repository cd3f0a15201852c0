#include "actors/program.hpp"

#include <unistd.h>

#include <csignal>
#include <future>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/admin_reads.hpp"
#include "actors/bridge_owner.hpp"
#include "actors/bridge_settings.hpp"
#include "actors/bridge_sink.hpp"
#include "actors/broker_report.hpp"
#include "actors/cli/options.hpp"
#include "actors/dead_letter_writer.hpp"
#include "actors/device_state.hpp"
#include "actors/directory.hpp"
#include "actors/intake_edge.hpp"
#include "actors/job_queue.hpp"
#include "actors/job_runner.hpp"
#include "actors/jobs/jobs.hpp"
#include "actors/partitions.hpp"
#include "actors/quota_feed.hpp"
#include "actors/request.hpp"
#include "actors/revocation_feed.hpp"
#include "actors/scheduler.hpp"
#include "actors/telemetry_intake.hpp"
#include "actors/telemetry_writer.hpp"
#include "actors/terminator.hpp"
#include "bus/announce.hpp"
#include "bus/keeper.hpp"
#include "bus/subjects.hpp"
#include "bus/subscription.hpp"
#include "http/schemas.hpp"
#include "http/server.hpp"
#include "schema/pg/account_queries.hpp"
#include "schema/pg/audit_queries.hpp"
#include "schema/pg/audit_rows.hpp"
#include "schema/pg/job_queries.hpp"
#include "schema/pg/queries.hpp"

namespace epicura {

namespace {

using namespace std::chrono_literals;

constexpr auto watchdog_limit = 9s;
constexpr auto desk_sweep = 250ms;
constexpr auto gather_deliveries = 2ms;
constexpr auto clocks_apart = 60s;                   // of two nodes, at most
constexpr std::chrono::seconds longest_token = 24h;  // that the settings allow, whatever they are now
constexpr std::size_t ends_a_message = 1000;
constexpr auto heartbeat = 1s;  // how often PostgreSQL is asked whether it is still there

class ActorConfig : public caf::actor_system_config {
 public:
  explicit ActorConfig(std::int64_t threads) {
    add_message_types<caf::id_block::epicura>();
    set("scheduler.max-threads", static_cast<std::size_t>(threads));
    Scheduler::use_for(*this);
    set("logger.verbosity", caf::atom("quiet"));
  }
};

// `grace`: how much longer than the server's own deadline the client waits, before it takes the server for away.
pg::ClientSettings pg_settings(const Settings& settings, const std::string& name,
                               std::chrono::milliseconds server_deadline, std::chrono::milliseconds grace) {
  pg::ClientSettings out;
  out.conninfo = settings.database_url;
  out.name = name;
  out.server_deadline = server_deadline;
  out.client_deadline = server_deadline + grace;
  out.max_in_flight = static_cast<std::size_t>(std::max<std::int64_t>(settings.max_requests, 1000)) + 1000;
  return out;
}

// What waits for a lock holds up every request behind it: it gives up soon, and who sent it tries again.
pg::ClientSettings api_database_settings(const Settings& settings) {
  auto out = pg_settings(settings, "epicura-api", 3s, 1s);
  out.lock_deadline = 1s;
  return out;
}

// The lock's connection is known by a name that no other process has, so that its ghosts can be told from a rival.
pg::ClientSettings lock_settings(const Settings& settings, const std::string& instance) {
  auto out = pg_settings(settings, "epicura-lock", 5s, 5s);
  out.application_name = instance;
  return out;
}

// The backlog is measured so often that little of a small stream can be filled meanwhile.
Millis look_interval(const Settings& settings) {
  constexpr std::int64_t bytes_per_ms = 64 << 10;  // more than a node stores
  return std::clamp(Millis{settings.telemetry_max_bytes / bytes_per_ms}, Millis{50}, Millis{1000});
}

http::ServerSettings server_settings(const Settings& settings, const std::string& name, const std::string& address,
                                     std::int64_t port, http::RouteTable routes) {
  http::ServerSettings out;
  out.name = name;
  out.address = address;
  out.port = static_cast<std::uint16_t>(port);
  out.routes = routes;
  out.stop_deadline = 2s;
  out.after_round = [] {
    pg::Client::send_gathered();
    bus::SocketLoop::send_gathered();
  };
  out.max_connections = static_cast<std::size_t>(settings.max_connections);
  out.max_connections_per_address = static_cast<std::size_t>(settings.max_connections_per_address);
  out.max_buffered = static_cast<std::size_t>(settings.max_buffered_bytes);
  out.read_deadline = Millis{settings.read_deadline_ms};
  out.write_deadline = Millis{settings.write_deadline_ms};
  out.idle_deadline = Millis{settings.idle_deadline_ms};
  out.trusted_proxies = *parse_address_blocks(settings.trusted_proxies);
  out.unlimited = *parse_address_blocks("127.0.0.0/8, ::1");
  out.unlimited.insert(out.unlimited.end(), out.trusted_proxies.begin(), out.trusted_proxies.end());
  return out;
}

}  // namespace

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

Program::Parts::Parts(Settings given)
    : settings(std::move(given)),
      nats({settings.nats_url, "epicura", "_INBOX_epicura"}, {[this](bool connected) { readiness.nats = connected; }},
           metrics),
      bridge_store(nats, {}, metrics),
      store(nats, {}, metrics),
      // Well below a request's own time: while PostgreSQL hangs, who needs it hears 503 and not 504, and a device's
      // reading whose token has to be looked up is taken on the token's own proof.
      database(api_database_settings(settings),
               {[this] {
                  readiness.postgres_since_ms = now().time_since_epoch().count();
                  readiness.postgres = true;
                  if (!wired) return;
                  caf::anon_send(revocations_feed, sweep_atom_v, std::uint64_t{0});
                  caf::anon_send(queue_of_jobs, sweep_atom_v, std::uint64_t{0});
                },
                [this] { readiness.postgres = false; }},
               metrics),
      history_database(pg_settings(settings, "epicura-history", 3s, 3s), {}, metrics),
      writer_database(pg_settings(settings, "epicura-writer", 20s, 5s),
                      {[this] {
                         if (!wired) return;
                         caf::anon_send(writer, retry_atom_v);
                         caf::anon_send(partition_keeper, sweep_atom_v, std::uint64_t{0});
                       },
                       // After days without it today's partition is missing: its rows wait until it is made.
                       [this] { readiness.partitions = false; }},
                      metrics),
      lock_database(lock_settings(settings, instance),
                    {[this] {
                       if (wired) caf::anon_send(bridge, lock_atom_v);
                     },
                     nullptr},
                    metrics) {
  readiness.telemetry_max_bytes = static_cast<double>(settings.telemetry_max_bytes);
  if (!nats.start()) throw std::runtime_error("nats_url cannot be read; legal is nats://user:password@host:port");
  spawn_actors();
  listen_to_nodes();
  start_consumers();
  try {
    start_servers();
  } catch (...) {  // a port is taken: what runs by now would outlive what it uses, and the process never end
    stop();
    throw;
  }
}

void Program::Parts::publish(const DeadLetter& letter, std::function<void(bool stored)> done) {
  store.publish({bus::dead_letter_subject(letter.source), encode(letter, now()), {}},
                [done = std::move(done)](bus::StoreOutcome outcome) { done(outcome == bus::StoreOutcome::stored); });
}

// The streams' wildcards let in more than devices have: other spellings of an id, other levels. A consumer's thread.
void Program::Parts::refuse_subject(const char* source, const bus::Delivery& delivery) {
  metrics.counter("epicura_dead_letters_total", "dead letters by source", {{"source", source}}).Increment();
  publish(letter_of_unknown_subject(source, delivery), [this, ack_subject = delivery.ack_subject](bool stored) {
    if (stored) bus::acknowledge(nats, {&ack_subject, 1});
  });
}

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

void Program::Parts::hear(natsMsg* message) {
  const std::string_view subject = natsMsg_GetSubject(message);
  const std::string_view text{natsMsg_GetData(message), static_cast<std::size_t>(natsMsg_GetDataLength(message))};
  if (subject == bus::quota_subject) return quota_feed.hear(text);
  if (subject != bus::revoked_subject) return;
  if (auto news = decode_revocation_news(text))
    caf::anon_send(revocations_feed, RevocationsHeard{std::make_shared<const RevocationNews>(std::move(*news))});
}

// What PostgreSQL does not take is told later.
void Program::Parts::tell_reads(const std::vector<AdminReads::Counted>& ended) {
  for (const auto& counted : ended)
    database.execute(pg::queries::append_audit, pg::audit_params(entry_of(counted.read, counted.times)),
                     [this, counted](const pg::Outcome& outcome) {
                       if (!outcome.ok()) admin_reads.put_back(counted, std::chrono::steady_clock::now());
                     });
}

void Program::Parts::tell_last_reads() {
  std::vector<std::pair<const pg::Statement*, pg::Params>> unit;
  for (const auto& [read, times] : admin_reads.take_all())
    unit.emplace_back(&pg::queries::append_audit, pg::audit_params(entry_of(read, times)));
  if (unit.empty()) return;
  const auto entries = unit.size();
  const auto told = std::make_shared<std::promise<bool>>();
  database.transaction(std::move(unit), [told](const pg::Outcome& outcome) { told->set_value(outcome.ok()); });
  auto is_told = told->get_future();
  if (is_told.wait_for(1s) != std::future_status::ready || !is_told.get())
    log::warning("audit", "{} entries of repeated reads by admins are lost", entries);
}

// The feed's own beat proves that it is listened to, so the actor may beat before this.
void Program::Parts::listen_to_nodes() {
  nats_listener = nats.on_change([feed = revocations_feed](bool connected) {
    if (connected) {
      caf::anon_send(feed, sweep_atom_v, std::uint64_t{0});
    } else {
      caf::anon_send(feed, lost_atom_v);
    }
  });
  node_news =
      std::make_unique<bus::Subscription>(nats, bus::node_news_subjects, [this](natsMsg* message) { hear(message); });
  caf::anon_send(revocations_feed, sweep_atom_v, std::uint64_t{0});
}

void Program::Parts::revoke(const std::vector<Uuid>& families) {
  revocations.end(families);
  for (auto left = std::span(families); !left.empty();) {
    const auto some = left.first(std::min(left.size(), ends_a_message));
    left = left.subspan(some.size());
    // Where it is not sent, the others read it from PostgreSQL at their next beat.
    bus::announce(nats, bus::revoked_subject, encode({instance_id, 0, {some.begin(), some.end()}}));
  }
}

void Program::Parts::start_consumers() {
  // Not at once: what comes in meanwhile is one batch for three actors instead of many.
  telemetry_inbox->on_first([to = intake] { caf::delayed_anon_send(to, gather_deliveries, arrived_atom_v); });
  device_inbox->on_first([to = states] { caf::anon_send(to, arrived_atom_v); });
  telemetry_consumer = std::make_unique<bus::Consumer>(
      nats, bus::ConsumerSpec{"TELEMETRY", "telemetry-writer"},
      [this](const bus::Delivery& delivery) {
        auto message = decode_telemetry_delivery(delivery);
        if (!message) return refuse_subject("telemetry", delivery);
        if (!intake_load->enter(message->parts())) return postponed.Increment();
        telemetry_inbox->put(std::move(*message));
      },
      metrics);
  device_consumer = std::make_unique<bus::Consumer>(
      nats, bus::ConsumerSpec{"DEVICE", "device-state"},
      [this](const bus::Delivery& delivery) {
        auto message = decode_device_delivery(delivery);
        if (!message) return refuse_subject("device", delivery);
        device_inbox->put(std::move(*message));
      },
      metrics);
  // The runner takes them one by one; some more wait for it, so that one whose acknowledgement was lost (AckWait) holds
  // up no other.
  job_consumer = std::make_unique<bus::Consumer>(
      nats, bus::ConsumerSpec{"JOBS", "job-runner", 16, Millis{60'000}},
      [to = runner_of_jobs](const bus::Delivery& delivery) {
        caf::anon_send(to, JobDelivery{delivery.stream_seq, delivery.ack_subject, std::string(delivery.subject),
                                       std::string(delivery.payload)});
      },
      metrics);
  letter_inbox->on_first([to = letter_writer] { caf::anon_send(to, arrived_atom_v); });
  letter_consumer = std::make_unique<bus::Consumer>(
      nats, bus::ConsumerSpec{"DEAD_LETTER", "dead-letter-writer", 500, Millis{30'000}, false},
      [this](const bus::Delivery& delivery) {
        letter_inbox->put({delivery.ack_subject, decode_dead_letter(delivery.payload)});
      },
      metrics);
  keeper = std::make_unique<bus::Keeper>(
      nats,
      std::vector{bus::telemetry_stream(settings.telemetry_max_bytes), bus::device_stream(settings.device_max_bytes),
                  bus::dead_letter_stream(settings.dead_letter_max_bytes), bus::job_stream()},
      std::vector{telemetry_consumer.get(), device_consumer.get(), job_consumer.get(), letter_consumer.get()},
      [this](const bus::BusState& state) {
        const auto could = std::pair{readiness.can_store(), readiness.can_store_telemetry()};
        readiness.streams = state.streams_ready;
        readiness.consumers = state.consumers_served;
        readiness.backlog = state.backlog;
        // What was counted before this look began is in what it saw.
        readiness.measured_bytes = counted_at_last_look;
        counted_at_last_look = readiness.stored_bytes;
        if (could != std::pair{readiness.can_store(), readiness.can_store_telemetry()})
          caf::anon_send(bridge, gate_atom_v);
      },
      metrics, look_interval(settings));
}

std::unique_ptr<bridge::Session> Program::Parts::make_session(BridgeSession which, std::function<void(bool)> changed) {
  const bool telemetry = which == BridgeSession::telemetry;
  bridge::SessionEvents events;
  events.store = [this, telemetry](auto& batch, auto& refused) {
    if (!telemetry) return device_sink.store(batch, refused);
    for (const auto& message : batch) readiness.count_stored(message.subject.size(), message.payload.size());
    return telemetry_sink.store(batch, refused);
  };
  events.open = [this, telemetry] { return telemetry ? readiness.can_store_telemetry() : readiness.can_store(); };
  events.changed = std::move(changed);
  events.other = [this](std::string_view topic, std::string_view payload) { broker_report.take(topic, payload); };
  return std::make_unique<bridge::Session>(session_settings(settings, which), std::move(events), metrics,
                                           telemetry ? "telemetry" : "device");
}

void Program::Parts::start_servers() {
  http::api_schemas();  // compiled now: one that does not compile stops the start
  services =
      std::make_unique<Services>(Services{settings,
                                          readiness,
                                          metrics,
                                          database,
                                          history_database,
                                          store,
                                          access_tokens,
                                          refresh_tokens,
                                          mail_links,
                                          sealed_box,
                                          recovery_codes,
                                          api_keys,
                                          revocations,
                                          [this](const std::vector<Uuid>& families) { revoke(families); },
                                          passwords,
                                          [this] { caf::anon_send(queue_of_jobs, sweep_atom_v, std::uint64_t{0}); },
                                          generations,
                                          quotas,
                                          admin_reads,
                                          desk,
                                          now,
                                          directory_of_devices,
                                          media});
  const auto on_request = [this](http::Request&& request, http::Reply&& reply) {
    auto& lane = lane_of(reply);  // before the reply is moved: arguments are evaluated in any order
    serve_request(system, *services, &lane, std::move(request), std::move(reply));
  };
  auto api_settings = server_settings(settings, "api", settings.http_address, settings.port, http::api_routes);
  api_settings.cors = http::CorsPolicy(settings.cors_origins);
  api_settings.workers = static_cast<int>(settings.http_workers);
  api = std::make_unique<http::Server>(std::move(api_settings), on_request, metrics);
  operations = std::make_unique<http::Server>(
      server_settings(settings, "operations", settings.ops_address, settings.ops_port, http::operations_routes),
      on_request, metrics);
  operations->start();
  api->start();
}

// On a worker's thread: its lane, made for its first request.
Lane& Program::Parts::lane_of(const http::Reply& reply) {
  thread_local Lane* lane = nullptr;
  if (lane == nullptr) {
    const std::lock_guard lock(lanes_mutex);
    lane = lanes.emplace_back(std::make_unique<Lane>(system, reply.worker())).get();
    pg::Client::gather_submissions();
    bus::SocketLoop::gather_from_now_on();
  }
  return *lane;
}

// A server that hangs is only found out by a question that it leaves unanswered.
void Program::Parts::ask_postgres() {
  if (!database.connected() || asking_postgres_.exchange(true)) return;
  database.execute(pg::queries::heartbeat, pg::Params(), [this](const pg::Outcome&) { asking_postgres_ = false; });
}

// A store under way is given a moment; one that hangs on a stalled server is given up, and the broker keeps its
// messages.
void Program::Parts::stop_bridge(caf::scoped_actor& self) {
  bool ended = false;
  const auto ask = [&](std::chrono::milliseconds limit) {
    self->request(bridge, limit, stop_atom_v).receive([&](stop_atom) { ended = true; }, [](const caf::error&) {});
  };
  ask(1500ms);
  bridge_store.stop();
  if (!ended) ask(3s);
}

// Everything that was delivered is committed and acknowledged; without PostgreSQL, or nobody to acknowledge it to,
// there is nothing to wait for.
void Program::Parts::flush(caf::scoped_actor& self, bool bus_answers) {
  if (!bus_answers)
    return log::warning("program", "NATS does not answer: the flush is skipped, what is not acknowledged comes again");
  if (writer_database.connected()) {
    self->request(intake, 3s, flush_atom_v)
        .receive([](std::uint64_t open) { log::info("program", "flushed; {} messages were open", open); },
                 [](const caf::error&) {
                   log::warning("program", "not all rows were written in time; JetStream keeps them");
                 });
  } else {
    log::warning("program", "PostgreSQL is away: the flush is skipped, JetStream keeps what is not written");
  }
  nats.flush(500ms);
}

void Program::Parts::stop() {
  readiness.stopping = true;
  mailer.stop();
  decoder.stop();
  api->stop_accepting();
  {
    caf::scoped_actor self(system);
    stop_bridge(self);
    // A server that hangs gets no time of each part's own: together they would use up the watchdog's.
    const bool bus_answers = nats.flush(500ms);
    const auto drain_limit = bus_answers ? 500ms : 150ms;
    telemetry_consumer->drain(drain_limit);
    device_consumer->drain(drain_limit);
    job_consumer->drain(drain_limit);
    letter_consumer->drain(drain_limit);
    flush(self, bus_answers);
    keeper->stop();
    api->stop();
    operations->stop();
    passwords.stop();
    desk.sweep(RequestDesk::Moment::max());
    tell_last_reads();
    self->request(terminator_of_all, 2s, stop_atom_v)
        .receive([](stop_atom) {}, [](const caf::error&) { log::warning("program", "an actor did not end in time"); });
  }
  // Callbacks that are still outstanding hold handles of actors: they go before the actor system.
  database.stop();
  history_database.stop();
  writer_database.stop();
  lock_database.stop();
  store.stop();
  nats.forget(nats_listener);
  node_news->end(100ms);
  telemetry_inbox->on_first(nullptr);
  device_inbox->on_first(nullptr);
  letter_inbox->on_first(nullptr);
  caf::anon_send_exit(terminator_of_all, caf::exit_reason::user_shutdown);
  directory_of_devices = nullptr;
  writer = nullptr;
  intake = nullptr;
  states = nullptr;
  letter_writer = nullptr;
  partition_keeper = nullptr;
  revocations_feed = nullptr;
  queue_of_jobs = nullptr;
  runner_of_jobs = nullptr;
  bridge = nullptr;
  terminator_of_all = nullptr;
  system.await_all_actors_done();
  services.reset();  // the last request has left its desk
  telemetry_consumer.reset();
  device_consumer.reset();
  job_consumer.reset();
  letter_consumer.reset();
  keeper.reset();
  nats.drain(500ms);
}

Program::Program(const Settings& settings) : parts_(std::make_unique<Parts>(settings)) {
  log::info("program", "API on http://{}:{}, operations on http://{}:{}", settings.http_address, parts_->api->port(),
            settings.ops_address, parts_->operations->port());
}

Program::~Program() = default;

void Program::run() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  const timespec pause{0, std::chrono::nanoseconds{desk_sweep}.count()};
  auto next_heartbeat = std::chrono::steady_clock::now();
  for (;;) {
    const int signal = sigtimedwait(&signals, nullptr, &pause);
    if (signal > 0) {
      log::info("program", "{}: shutting down", signal == SIGTERM ? "SIGTERM" : "SIGINT");
      return;
    }
    const auto at = std::chrono::steady_clock::now();
    parts_->desk.sweep(at);
    parts_->quota_feed.tell();
    parts_->tell_reads(parts_->admin_reads.take_ended(at));
    parts_->log_lines_dropped.Increment(static_cast<double>(log::dropped()) - parts_->log_lines_dropped.Value());
    if (at < next_heartbeat) continue;
    next_heartbeat = at + heartbeat;
    parts_->ask_postgres();
  }
}

void Program::stop() {
  std::promise<void> ended;
  std::thread watchdog([done = ended.get_future()] {
    if (done.wait_for(watchdog_limit) == std::future_status::ready) return;
    log::error("program", "the shutdown took longer than 9 s");
    std::this_thread::sleep_for(100ms);  // for the log's writer; it is not waited for, since it may be what hangs
    _exit(cli::Exit::watchdog);
  });
  parts_->stop();
  parts_.reset();
  ended.set_value();
  watchdog.join();
}

}  // namespace epicura
