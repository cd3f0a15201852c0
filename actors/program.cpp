#include "actors/program_parts.hpp"

#include <unistd.h>

#include <csignal>
#include <future>
#include <utility>

#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include "actors/cli/options.hpp"
#include "actors/idle_memory.hpp"
#include "schema/pg/audit_queries.hpp"
#include "schema/pg/audit_rows.hpp"
#include "schema/pg/queries.hpp"

namespace epicura {

namespace {

using namespace std::chrono_literals;

constexpr auto watchdog_limit = 9s;
constexpr auto desk_sweep = 250ms;
constexpr auto heartbeat = 1s;  // how often PostgreSQL is asked whether it is still there

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

}  // namespace

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
  IdleMemory memory;
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
    memory.look(at);
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
