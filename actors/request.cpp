#include "actors/request.hpp"

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/authorize.hpp"
#include "schema/observe/log.hpp"

namespace epicura {

namespace {

constexpr auto twin_limit = std::chrono::seconds{5};

// What is published together is answered together: by the first failure, else when the last is stored.
struct Together {
  std::atomic<std::size_t> open;
  std::atomic<bool> failed{false};
};

}  // namespace

Call::Call(RequestSelf self, RequestConfig config) : self_(self), config_(std::move(config)) {}

Call::~Call() {
  config_.services->desk.leave(config_.place);
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
  after_query_ = std::move(then);
  client.transaction(std::move(unit), [owner = request_actor(self_)](pg::Outcome outcome) {
    caf::anon_send(owner, QueryDone{0, std::move(outcome)});
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

void Call::publish(std::vector<bus::Outgoing> messages, std::function<void()> then) {
  after_publish_ = std::move(then);
  const auto together = std::make_shared<Together>();
  together->open = messages.size();
  for (auto& message : messages) {
    services().store.publish(std::move(message), [together, owner = request_actor(self_)](bus::StoreOutcome outcome) {
      if (outcome != bus::StoreOutcome::stored) together->failed = true;
      if (together->open.fetch_sub(1) > 1) return;
      caf::anon_send(owner, StoreDone{together->failed ? std::optional(Errc::dependency_away) : std::nullopt});
    });
  }
}

void Call::ask_twin(const Uuid& device_id, std::function<void(const Twin&)> then) {
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
  config_.reply.answer(std::move(response));
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

request_actor::behavior_type request(RequestSelf self, RequestConfig config) {
  self->state.call.emplace(self, std::move(config));
  return {
      [self](start_atom) {
        authorize(*self->state.call, [self] {
          auto& call = *self->state.call;
          if (!call.request().query_errors.empty()) return call.fail(call.request().query_errors);
          handler_of(call.request().route->operation)(call);
        });
      },
      [self](const QueryDone& done) { self->state.call->query_done(done.outcome); },
      [self](const StoreDone& done) { self->state.call->publish_done(done); },
      [self](deadline_atom) { self->state.call->fail(Errc::deadline, "the request's time is over"); },
  };
}

}  // namespace epicura
