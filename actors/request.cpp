#include "actors/request.hpp"

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/authorize.hpp"
#include "actors/body.hpp"
#include "schema/observe/log.hpp"

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
  if (!answered_) record(request(), principal_, facts(Errc::internal).http_status);
  counters().in_flight.Decrement();
  config_->services->desk.leave(config_->ticket);
}

void Call::start() {
  if (!may_go_on()) return;
  authorize(*this, [this] {
    if (check_input(*this)) handler_of(request().route->operation)(*this);
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

void Call::query(Unit unit, std::function<void(const std::vector<pg::Rows>&)> then) {
  send(services().database, std::move(unit),
       [this, then = std::move(then)](const pg::Outcome& outcome) { go_on(outcome, then); });
}

void Call::query_history(Unit unit, std::function<void(const std::vector<pg::Rows>&)> then) {
  send(services().history, std::move(unit),
       [this, then = std::move(then)](const pg::Outcome& outcome) { go_on(outcome, then); });
}

void Call::try_query(Unit unit, std::function<void(const pg::Outcome&)> then) {
  send(services().database, std::move(unit), std::move(then));
}

void Call::send(pg::Client& client, Unit unit, std::function<void(const pg::Outcome&)> then) {
  if (!may_go_on()) return;
  after_query_ = std::move(then);
  client.transaction(std::move(unit), [owner = request_actor(self_), lane = config_->lane](pg::Outcome outcome) {
    tell(lane, owner, QueryDone{0, std::move(outcome)});
  });
}

void Call::go_on(const pg::Outcome& outcome, const std::function<void(const std::vector<pg::Rows>&)>& then) {
  if (outcome.ok()) return then(outcome.results);
  if (pg::is_data_fault(outcome)) {
    log::error("request", "{}: PostgreSQL refuses: {} {}", request().route->name, outcome.sqlstate, outcome.message);
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

void Call::answer(http::Response response) {
  if (std::exchange(answered_, true)) return;
  record(request(), principal_, response.status);
  config_->reply.answer(std::move(response));
  self_->quit();
}

void Call::fail(Errc code, std::string detail) {
  const auto level = facts(code).level;
  if (const auto held = log::enabled(level) ? services().desk.log_pace().due() : std::nullopt) {
    log::line(level, "request", "{} {} {}: {} {} ({} more failed)", request().request_id,
              request().client_request_id.empty() ? "-" : request().client_request_id, request().route->name,
              facts(code).name, detail, *held);
  }
  answer(http::problem(Error{code, std::move(detail)}, request().request_id));
}

void Call::fail(const std::vector<http::FieldError>& errors) {
  answer(http::validation_problem(errors, request().request_id));
}

void Call::query_done(const pg::Outcome& outcome) {
  if (const auto then = std::exchange(after_query_, nullptr)) then(outcome);
}

void Call::publish_done(const StoreDone& done) {
  const auto then = std::exchange(after_publish_, nullptr);
  if (!then) return;
  if (done.failure) return fail(*done.failure, "the durable queue is away; try again");
  then();
}

request_actor::behavior_type request(RequestSelf self, std::shared_ptr<RequestConfig> config) {
  self->state.call.emplace(self, std::move(config));
  return {
      [self](start_atom) { self->state.call->start(); },
      [self](const QueryDone& done) { self->state.call->query_done(done.outcome); },
      [self](const StoreDone& done) { self->state.call->publish_done(done); },
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

void serve_request(caf::actor_system& system, const Services& services, Lane* lane, http::Request&& request,
                   http::Reply&& reply) {
  auto& desk = services.desk;
  const auto ticket = desk.enter();
  if (!ticket) {
    desk.metrics().of(request.route->operation).refused.Increment();
    const Error full{Errc::overloaded, "too many requests are at work; try again"};
    auto response = http::problem(full, request.request_id);
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
