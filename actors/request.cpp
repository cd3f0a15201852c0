#include "actors/request.hpp"

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/authorize.hpp"
#include "actors/body.hpp"
#include "actors/idempotency.hpp"
#include "http/rate_limit.hpp"
#include "schema/observe/log.hpp"
#include "schema/pg/audit_queries.hpp"
#include "schema/pg/audit_rows.hpp"

namespace epicura {

namespace {

constexpr int client_closed_request = 499;                   // in the log alone: as nginx has it
constexpr std::size_t most_on_lane = std::size_t{16} << 10;  // bytes of body
constexpr auto twin_limit = std::chrono::seconds{5};

// What is published together is answered together: by the first failure, else when the last is stored.
struct Together {
  std::atomic<std::size_t> open;
  std::atomic<bool> failed{false};
};

template <class Message>
void tell(Lane* lane, const request_actor& to, Message message) {
  lane ? lane->send(to, std::move(message)) : caf::anon_send(to, std::move(message));
}

// One line in the log, whichever way the request ended.
void record(const http::Request& request, const Principal& who, int status) {
  if (!log::access_enabled()) return;
  const auto took = std::chrono::steady_clock::now() - request.received;
  const auto id = id_of(who);
  log::access({.request_id = request.request_id,
               .client_request_id = request.client_request_id,
               .method = http::name(request.method),
               .route = request.route->name,
               .status = status,
               .duration = std::chrono::duration_cast<std::chrono::microseconds>(took),
               .principal = kind_of(who),
               .principal_id = id,
               .peer = request.peer_address});
}

}  // namespace

Call::Call(RequestSelf self, std::shared_ptr<RequestConfig> config) : self_(self), config_(std::move(config)) {
  counters().in_flight.Increment();
}

Call::~Call() {
  *ended_ = true;
  if (!answered_) record(request(), principal_, facts(Errc::internal).http_status);
  counters().in_flight.Decrement();
  config_->services->desk.leave(config_->ticket);
}

void Call::start() {
  if (!may_go_on()) return;
  authorize(*this, [this] {
    look_up_key(*this, [this] {
      if (check_input(*this)) handler_of(request().route->operation)(*this);
    });
  });
}

// The actor ends with the message that is being handled: whatever is still answered to it finds nobody.
void Call::client_gone() {
  if (answered_ || committed_) return;
  answered_ = true;
  config_->reply.let_go();
  counters().cancelled.Increment();
  record(request(), principal_, client_closed_request);
  self_->quit();
}

void Call::deadline() {
  if (answered_) return;
  counters().timed_out.Increment();
  fail(Errc::deadline, "the request's time is over");
}

bool Call::may_go_on() {
  if (config_->reply.client_gone()) client_gone();
  return !answered_;
}

void Call::query(Unit unit, std::function<void(const std::vector<pg::Rows>&)> then,
                 std::function<void(const pg::Outcome&)> in_any_case) {
  send(
      services().database, std::move(unit),
      [this, then = std::move(then)](const pg::Outcome& outcome) { go_on(outcome, then); }, std::move(in_any_case));
}

void Call::query_once(Unit unit, std::function<void(const std::vector<pg::Rows>&)> then,
                      std::function<void(const pg::Outcome&)> in_any_case) {
  if (!idempotency_key_) return query(std::move(unit), std::move(then), std::move(in_any_case));
  if (!may_go_on()) return;
  committed_ = true;
  auto whole = claim_of(*idempotency_key_);
  const auto claims = static_cast<std::ptrdiff_t>(whole.size());
  std::move(unit.begin(), unit.end(), std::back_inserter(whole));
  send(
      services().database, std::move(whole),
      [this, then = std::move(then)](const pg::Outcome& outcome) {
        if (is_claimed(outcome))
          return look_up_key(*this, [this] { fail(Errc::in_progress, "send it again", {{"Retry-After", "1"}}); });
        claimed_ = outcome.ok();
        go_on(outcome, then);
      },
      std::move(in_any_case), claims);
}

// Also where the client has gone: it will ask again.
void Call::keep(http::Response response) {
  auto unit = keeping_of(*idempotency_key_, response, request().route->idempotency == http::Idempotency::answer_secret);
  send(services().database, std::move(unit),
       [this, kept = std::make_shared<http::Response>(std::move(response))](const pg::Outcome&) {
         answer(std::move(*kept));
       });
}

void Call::query_history(Unit unit, std::function<void(const std::vector<pg::Rows>&)> then) {
  send(services().history, std::move(unit),
       [this, then = std::move(then)](const pg::Outcome& outcome) { go_on(outcome, then); });
}

void Call::try_query(Unit unit, std::function<void(const pg::Outcome&)> then,
                     std::function<void(const pg::Outcome&)> in_any_case) {
  send(services().database, std::move(unit), std::move(then), std::move(in_any_case));
}

void Call::send(pg::Client& client, Unit unit, std::function<void(const pg::Outcome&)> then,
                std::function<void(const pg::Outcome&)> in_any_case, std::ptrdiff_t unseen) {
  if (!may_go_on()) return;
  after_query_ = std::move(then);
  client.transaction(std::move(unit), [owner = request_actor(self_), lane = config_->lane, unseen,
                                       in_any_case = std::move(in_any_case)](pg::Outcome outcome) {
    if (outcome.ok()) outcome.results.erase(outcome.results.begin(), outcome.results.begin() + unseen);
    if (in_any_case) in_any_case(outcome);
    tell(lane, owner, QueryDone{0, std::move(outcome)});
  });
}

void Call::go_on(const pg::Outcome& outcome, const std::function<void(const std::vector<pg::Rows>&)>& then) {
  if (outcome.ok()) return then(outcome.results);
  if (pg::is_data_fault(outcome)) {
    // Not its words: they repeat the values.
    log::error("request", "{}: PostgreSQL refuses: {} {}", request().route->name, outcome.sqlstate, outcome.constraint);
    return fail(Errc::internal, "the database refuses this");
  }
  // Away, too slow (57014), read-only, full: all of it may pass.
  fail(Errc::dependency_away, "the database does not answer in time; try again");
}

void Call::publish(const std::vector<bus::Outgoing>& messages, std::function<void()> then) {
  if (!may_go_on()) return;
  committed_ = true;
  after_publish_ = std::move(then);
  const auto together = std::make_shared<Together>();
  together->open = messages.size();
  for (const auto& message : messages) {
    services().store.publish(
        message, [together, owner = request_actor(self_), lane = config_->lane](bus::StoreOutcome outcome) {
          if (outcome != bus::StoreOutcome::stored) together->failed = true;
          if (together->open.fetch_sub(1) > 1) return;
          tell(lane, owner, StoreDone{together->failed ? std::optional(Errc::dependency_away) : std::nullopt});
        });
  }
}

void Call::ask_twin(const Uuid& device_id, std::function<void(const Twin&)> then) {
  if (!may_go_on()) return;
  self_->request(services().directory, twin_limit, TwinQuery{device_id})
      .then(
          [this, then = std::move(then)](const TwinAnswer& answer) {
            if (answer.twin) return then(*answer.twin);
            fail(Errc::dependency_away, "the database, which knows the rest of the twin, is away");
          },
          [this](const caf::error&) { fail(Errc::deadline, "the device's actor did not answer in time"); });
}

void Call::hash(PasswordWork work, std::function<void(const PasswordAnswer&)> then) {
  if (!may_go_on()) return;
  after_password_ = std::move(then);
  work.wanted_by = request().peer_address;
  work.let_go = ended_;
  work.due = request().received + Millis{services().settings.request_deadline_ms};
  const bool taken = services().passwords.submit(
      std::move(work), [owner = request_actor(self_), lane = config_->lane](PasswordAnswer answer) {
        tell(lane, owner, PasswordDone{std::move(answer)});
      });
  if (!taken) fail(Errc::overloaded, "too many are signing in; try again");
}

void Call::send_to_files(std::function<void()> work, std::function<void()> then) {
  if (!may_go_on()) return;
  after_file_ = std::move(then);
  const bool taken = services().passwords.submit(
      FileWork{[work = std::move(work), request = config_, owner = request_actor(self_), lane = config_->lane] {
                 work();
                 tell(lane, owner, FileDone{});
               },
               request().peer_address, ended_, request().received + Millis{services().settings.request_deadline_ms}});
  if (!taken) fail(Errc::overloaded, "too many files are read and written; try again");
}

void Call::audit(std::string action, AuditOutcome outcome, const std::optional<Uuid>& whom, std::uint64_t held) {
  AuditEntry entry;
  entry.actor = audit_actor_of(principal_);
  entry.actor_id = uuid_of(principal_);
  entry.action = std::move(action);
  if (whom) {
    entry.target_kind = "user";
    entry.target_id = whom->str();
  }
  entry.request_id = request().request_id;
  entry.address = request().peer_address;
  entry.outcome = outcome;
  if (held > 0) entry.detail = dump_json({{"more_before", held}});
  append_audit(services(), pg::audit_params(entry));
}

void Call::answer(http::Response response) {
  constexpr int least_failure = 500;
  if (answered_) return;
  if (std::exchange(claimed_, false) && response.status < least_failure) return keep(std::move(response));
  answered_ = true;
  record(request(), principal_, response.status);
  http::add_rate_limit(response.headers,
                       quota_.limit > 0 ? quota_ : services().quotas.of_address(request().peer_address));
  config_->reply.answer(std::move(response));
  self_->quit();
}

http::Response Call::failure(Errc code, std::string detail, http::Pairs headers) {
  const auto level = facts(code).level;
  if (const auto held = log::enabled(level) ? services().desk.log_pace().due() : std::nullopt) {
    log::line(level, "request", "{} {} {}: {} {} ({} more failed)", request().request_id,
              request().client_request_id.empty() ? "-" : request().client_request_id, request().route->name,
              facts(code).name, detail, *held);
  }
  constexpr int forbidden = 403;
  if (facts(code).http_status == forbidden && !std::holds_alternative<std::monostate>(principal_)) {
    // The log only grows: who is denied again and again is not told of each time.
    if (const auto held = services().desk.denial_pace().due())
      audit(fmt::format("access.{}", facts(code).name), AuditOutcome::denied, {}, *held);
  }
  return http::problem(Error{code, std::move(detail)}, request().request_id, std::move(headers));
}

void Call::fail(Errc code, std::string detail, http::Pairs headers) {
  answer(failure(code, std::move(detail), std::move(headers)));
}

void Call::fail(const std::vector<http::FieldError>& errors) {
  answer(http::validation_problem(errors, request().request_id));
}

void Call::fail_at(std::chrono::steady_clock::time_point due, Errc code, std::string detail) {
  answer_at(due, failure(code, std::move(detail)));
}

void Call::answer_at(std::chrono::steady_clock::time_point due, http::Response response) {
  const auto left = due - std::chrono::steady_clock::now();
  if (left <= std::chrono::steady_clock::duration::zero()) return answer(std::move(response));
  held_back_ = std::move(response);
  self_->delayed_send(self_, left, due_atom_v);
}

void Call::due() {
  if (held_back_) answer(std::move(*held_back_));
}

void Call::password_done(const PasswordDone& done) {
  const auto then = std::exchange(after_password_, nullptr);
  if (answered_ || !then) return;
  if (done.answer.failed) return fail(Errc::overloaded, "there is no room to prove a password now; try again");
  then(done.answer);
}

void Call::file_done() {
  if (const auto then = std::exchange(after_file_, nullptr); then && !answered_) then();
}

void Call::query_done(const pg::Outcome& outcome) {
  if (const auto then = std::exchange(after_query_, nullptr)) then(outcome);
}

void Call::publish_done(const StoreDone& done) {
  const auto then = std::exchange(after_publish_, nullptr);
  if (!then) return;
  if (done.failure) {
    auto response = failure(*done.failure, "the durable queue is away; try again");
    // What was to be sent is not: with its Idempotency-Key it can be tried again.
    return std::exchange(claimed_, false) ? keep(std::move(response)) : answer(std::move(response));
  }
  then();
}

request_actor::behavior_type request(RequestSelf self, std::shared_ptr<RequestConfig> config) {
  self->state.call.emplace(self, std::move(config));
  return {
      [self](start_atom) { self->state.call->start(); },
      [self](const QueryDone& done) { self->state.call->query_done(done.outcome); },
      [self](const StoreDone& done) { self->state.call->publish_done(done); },
      [self](const PasswordDone& done) { self->state.call->password_done(done); },
      [self](const FileDone&) { self->state.call->file_done(); },
      [self](due_atom) { self->state.call->due(); },
      [self](deadline_atom) { self->state.call->deadline(); },
      [self](gone_atom) { self->state.call->client_gone(); },
  };
}

request_actor begin_request(caf::actor_system& system, std::shared_ptr<RequestConfig> config,
                            RequestDesk::Moment deadline) {
  const auto ticket = config->ticket;
  auto* const lane = config->lane;
  auto& desk = config->services->desk;
  auto actor = system.spawn<caf::lazy_init>(request, config);
  config.reset();  // the actor's alone: with it the Reply goes, which answers where nobody else has
  desk.seat(ticket, actor, deadline);
  if (lane) {
    lane->call(actor, start_atom_v);
  } else {
    caf::anon_send(actor, start_atom_v);
  }
  return actor;
}

void append_audit(const Services& services, pg::Params entry) {
  services.database.execute(pg::queries::append_audit, std::move(entry), [](const pg::Outcome& came) {
    if (!came.ok()) log::warning("audit", "an entry is lost: {} {}", came.message, came.sqlstate);
  });
}

void serve_request(caf::actor_system& system, const Services& services, Lane* lane, http::Request&& request,
                   http::Reply&& reply) {
  auto& desk = services.desk;
  const auto ticket = desk.enter();
  if (!ticket) {
    desk.metrics().of(request.route->operation).refused.Increment();
    const Error full{Errc::overloaded, "too many requests are at work; try again"};
    auto response = http::problem(full, request.request_id);
    http::add_rate_limit(response.headers, services.quotas.of_address(request.peer_address));
    record(request, Principal{}, response.status);
    return reply.answer(std::move(response));
  }
  reply.on_gone([&desk, at = *ticket] { desk.client_gone(at); });
  const auto deadline = request.received + Millis{services.settings.request_deadline_ms};
  // What takes a while to read would hold up the worker's other connections.
  const bool small = request.body.size() <= most_on_lane;
  begin_request(system,
                std::make_shared<RequestConfig>(
                    RequestConfig{std::move(request), std::move(reply), *ticket, &services, small ? lane : nullptr}),
                deadline);
}

}  // namespace epicura
