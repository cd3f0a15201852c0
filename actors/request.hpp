#pragma once
// One API request at work: an actor of its own, from its start to its answer. A handler is plain code over a `Call`:
// it asks for one step at a time (PostgreSQL, JetStream, a twin) and says what is to happen then. Every request has a
// deadline; whoever ends without an answer answers 500.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "actors/lane.hpp"
#include "actors/principal.hpp"
#include "actors/protocol.hpp"
#include "actors/readiness.hpp"
#include "actors/request_desk.hpp"
#include "actors/token_generations.hpp"
#include "bus/store.hpp"
#include "http/problem.hpp"
#include "http/reply.hpp"
#include "http/route_table.hpp"
#include "schema/bounded_json.hpp"
#include "schema/settings/settings.hpp"

namespace epicura {

// What all requests share. Outlives every request.
struct Services {
  const Settings& settings;
  Readiness& readiness;
  observe::Metrics& metrics;
  pg::Client& database;
  pg::Client& history;  // what scans readings: a slow page holds up nothing else
  bus::Store& store;
  const AccessTokens& access_tokens;
  TokenGenerations& generations;
  RequestDesk& desk;
  Clock clock;
  directory_actor directory;
};

struct RequestConfig {
  http::Request request;
  http::Reply reply;
  RequestDesk::Ticket ticket = {};
  const Services* services = nullptr;
  Lane* lane = nullptr;  // where the actor runs; null: on CAF's threads
};

// On the worker's thread that has read the request: gives it an actor, which answers it, or answers 503 while too many
// are at work. A small request is begun before this returns.
void serve_request(caf::actor_system& system, const Services& services, Lane* lane, http::Request&& request,
                   http::Reply&& reply);
// The latter half: the actor, at its place and told to start.
request_actor begin_request(caf::actor_system& system, std::shared_ptr<RequestConfig> config,
                            RequestDesk::Moment deadline);

struct RequestState;
using RequestSelf = request_actor::stateful_pointer<RequestState>;

class Call {
 public:
  Call(RequestSelf self, std::shared_ptr<RequestConfig> config);
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  const http::Request& request() const { return config_->request; }
  const Services& services() const { return *config_->services; }
  const Principal& principal() const { return principal_; }
  void set_principal(Principal principal) { principal_ = std::move(principal); }
  const Json& body() const { return body_; }  // fits its route's schema; null where that is not checked before
  void set_body(Json body) { body_ = std::move(body); }

  // One step under way at a time. Where the client has gone the request ends instead, and what is under way is let go;
  // but from the first publish on it goes on to its end, since others know of it then. A failure of the step itself
  // (PostgreSQL away, ...) has answered the request already, and `then` is not called.
  using Unit = std::vector<std::pair<const pg::Statement*, pg::Params>>;
  void query(Unit unit, std::function<void(const std::vector<pg::Rows>&)> then);
  void query_history(Unit unit, std::function<void(const std::vector<pg::Rows>&)> then);
  // As above, but whatever comes is handed over.
  void try_query(Unit unit, std::function<void(const pg::Outcome&)> then);
  // All of them, or the request is answered with why not.
  void publish(const std::vector<bus::Outgoing>& messages, std::function<void()> then);
  void ask_twin(const Uuid& device_id, std::function<void(const Twin&)> then);

  // Each ends the request.
  void answer(http::Response response);
  void fail(Errc code, std::string detail);
  void fail(const std::vector<http::FieldError>& errors);

  // For the actor.
  void start();
  void client_gone();
  void deadline();
  void query_done(const pg::Outcome& outcome);
  void publish_done(const StoreDone& done);

 private:
  RequestSelf self_;
  std::shared_ptr<RequestConfig> config_;  // its own by now
  Principal principal_;
  Json body_;
  bool answered_ = false;
  bool committed_ = false;  // has begun a deed that is to be finished, client or not
  bool may_go_on();
  const RequestCounters& counters() const { return services().desk.metrics().of(request().route->operation); }
  void send(pg::Client& client, Unit unit, std::function<void(const pg::Outcome&)> then);
  void go_on(const pg::Outcome& outcome, const std::function<void(const std::vector<pg::Rows>&)>& then);

  std::function<void(const pg::Outcome&)> after_query_;
  std::function<void()> after_publish_;
};

using Handler = void (*)(Call&);
Handler handler_of(http::Operation operation);

struct RequestState {
  static inline const char* name = "request";
  std::optional<Call> call;
};

request_actor::behavior_type request(RequestSelf self, std::shared_ptr<RequestConfig> config);

}  // namespace epicura
