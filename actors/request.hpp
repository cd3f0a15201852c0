#pragma once
// One API request at work: an actor of its own, from its start to its answer. A handler is plain code over a `Call`:
// it asks for one step at a time (PostgreSQL, JetStream, a twin) and says what is to happen then. Every request has a
// deadline; whoever ends without an answer answers 500.

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/admin_reads.hpp"
#include "actors/lane.hpp"
#include "actors/media/media.hpp"
#include "actors/password_pool.hpp"
#include "actors/principal.hpp"
#include "actors/protocol.hpp"
#include "actors/quotas.hpp"
#include "actors/readiness.hpp"
#include "actors/request_desk.hpp"
#include "actors/token_generations.hpp"
#include "bus/store.hpp"
#include "http/problem.hpp"
#include "http/reply.hpp"
#include "http/route_table.hpp"
#include "schema/audit.hpp"
#include "schema/bounded_json.hpp"
#include "schema/mail_link.hpp"
#include "schema/recovery_codes.hpp"
#include "schema/refresh_token.hpp"
#include "schema/revocations.hpp"
#include "schema/sealed_box.hpp"
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
  const RefreshTokens& refresh_tokens;
  const MailLinks& mail_links;
  const SealedBox& sealed_box;
  const RecoveryCodes& recovery_codes;
  const ApiKeys& api_keys;
  Revocations& revocations;
  std::function<void(const std::vector<Uuid>& families)> revoke;  // here at once, and on all nodes; any thread
  PasswordPool& passwords;
  std::function<void()> job_made;  // a committed transaction has put a job into the table; any thread
  TokenGenerations& generations;
  Quotas& quotas;
  AdminReads& admin_reads;
  RequestDesk& desk;
  Clock clock;
  directory_actor directory;
  Media& media;
};

struct RequestConfig {
  http::Request request;
  http::Reply reply;
  RequestDesk::Ticket ticket = {};
  const Services* services = nullptr;
  Lane* lane = nullptr;  // where the actor runs; null: on CAF's threads
};

// Adds an entry to the audit log, in no transaction with anything; where PostgreSQL does not take it, the log says so.
void append_audit(const Services& services, pg::Params entry);

// On the worker's thread that has read the request: gives it an actor, which answers it, or answers 503 while too many
// are at work. A small request is begun before this returns.
void serve_request(caf::actor_system& system, const Services& services, Lane* lane, http::Request&& request,
                   http::Reply&& reply);
// The latter half: the actor, at its place and told to start.
request_actor begin_request(caf::actor_system& system, std::shared_ptr<RequestConfig> config,
                            RequestDesk::Moment deadline);

struct RequestState;
using RequestSelf = request_actor::stateful_pointer<RequestState>;

// Of a request that may be sent again: whose it is, and what it has in common with the first.
struct IdempotencyKey {
  Uuid principal;
  std::string_view route;  // of the operation
  std::string key;
  std::string fingerprint;  // 32 bytes
};

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
  void set_quota(const Quota::Standing& standing) { quota_ = standing; }  // told with whatever is answered
  // The row that get_device_of_user gave, where the route's object is a device and the caller neither admin nor device.
  const std::optional<pg::Rows>& device_of_user() const { return device_of_user_; }
  void set_device_of_user(pg::Rows row) { device_of_user_ = std::move(row); }
  const Json& body() const { return body_; }  // fits its route's schema; null where that is not checked before
  void set_body(Json body) { body_ = std::move(body); }

  void go_on_alone() { committed_ = true; }  // to its end from here on, also where the client has gone
  const std::optional<IdempotencyKey>& idempotency_key() const { return idempotency_key_; }
  void set_idempotency_key(IdempotencyKey key) { idempotency_key_ = std::move(key); }

  // One step under way at a time. Where the client has gone the request ends instead, and what is under way is let go;
  // but from the first publish on it goes on to its end, since others know of it then. A failure of the step itself
  // (PostgreSQL away, ...) has answered the request already, and `then` is not called.
  using Unit = std::vector<std::pair<const pg::Statement*, pg::Params>>;
  // `in_any_case`, if there is one, is called with what came, on PostgreSQL's thread and before `then`, even though the
  // request may have ended meanwhile: for what has to follow a change whether or not anybody waits for the answer. It
  // outlives the call, and must neither block nor touch it.
  void query(Unit unit, std::function<void(const std::vector<pg::Rows>&)> then,
             std::function<void(const pg::Outcome&)> in_any_case = nullptr);
  // As above, of a change that is made once for an Idempotency-Key: it claims the key, and from then on the request
  // goes on to its answer, which is kept. A handler's one change, on a route that takes keys.
  void query_once(Unit unit, std::function<void(const std::vector<pg::Rows>&)> then,
                  std::function<void(const pg::Outcome&)> in_any_case = nullptr);
  void query_history(Unit unit, std::function<void(const std::vector<pg::Rows>&)> then);
  // As above, but whatever comes is handed over.
  void try_query(Unit unit, std::function<void(const pg::Outcome&)> then,
                 std::function<void(const pg::Outcome&)> in_any_case = nullptr);
  // All of them, or the request is answered with why not.
  void publish(const std::vector<bus::Outgoing>& messages, std::function<void()> then);
  void ask_twin(const Uuid& device_id, std::function<void(const Twin&)> then);
  void hash(PasswordWork work, std::function<void(const PasswordAnswer&)> then);
  // `work` reads or writes files, on a thread that may block, and gives what `then` is called with. The request lives
  // on while it does; where the request has ended before its turn, the work is not done. It must not throw.
  template <class Outcome>
  void work_on_files(std::function<Outcome()> work, std::function<void(Outcome)> then) {
    const auto outcome = std::make_shared<std::optional<Outcome>>();
    send_to_files([outcome, work = std::move(work)] { outcome->emplace(work()); },
                  [outcome, then = std::move(then)] { then(std::move(**outcome)); });
  }

  // Tells the audit log of what did not happen; nobody waits for it. What does happen is told in its own transaction.
  // `whom`: the user whom it was about. `held`: how many such entries were not written since the last.
  void audit(std::string action, AuditOutcome outcome, const std::optional<Uuid>& whom = {}, std::uint64_t held = 0);

  // Each ends the request.
  void answer(http::Response response);
  // As answer, but not before that moment: so the time that an answer takes does not say what was done.
  void answer_at(std::chrono::steady_clock::time_point due, http::Response response);
  void fail(Errc code, std::string detail, http::Pairs headers = {});
  void fail(const std::vector<http::FieldError>& errors);
  void fail_at(std::chrono::steady_clock::time_point due, Errc code, std::string detail);

  // For the actor.
  void start();
  void client_gone();
  void deadline();
  void query_done(const pg::Outcome& outcome);
  void publish_done(const StoreDone& done);
  void password_done(const PasswordDone& done);
  void file_done();
  void due();

 private:
  RequestSelf self_;
  std::shared_ptr<RequestConfig> config_;  // its own by now
  Principal principal_;
  Quota::Standing quota_;
  std::optional<pg::Rows> device_of_user_;
  Json body_;
  bool answered_ = false;
  std::shared_ptr<std::atomic<bool>> ended_ = std::make_shared<std::atomic<bool>>(false);  // for who works for it
  bool committed_ = false;  // has begun a deed that is to be finished, client or not
  std::optional<IdempotencyKey> idempotency_key_;
  bool claimed_ = false;  // the key, by this request: its answer is to be kept
  bool may_go_on();
  http::Response failure(Errc code, std::string detail, http::Pairs headers = {});  // logged
  const RequestCounters& counters() const { return services().desk.metrics().of(request().route->operation); }
  void send(pg::Client& client, Unit unit, std::function<void(const pg::Outcome&)> then,
            std::function<void(const pg::Outcome&)> in_any_case = nullptr, std::ptrdiff_t unseen = 0);
  void keep(http::Response response);
  void send_to_files(std::function<void()> work, std::function<void()> then);
  void go_on(const pg::Outcome& outcome, const std::function<void(const std::vector<pg::Rows>&)>& then);

  std::function<void(const pg::Outcome&)> after_query_;
  std::function<void()> after_publish_;
  std::function<void(const PasswordAnswer&)> after_password_;
  std::function<void()> after_file_;
  std::optional<http::Response> held_back_;
};

using Handler = void (*)(Call&);
Handler handler_of(http::Operation operation);

struct RequestState {
  static inline const char* name = "request";
  std::optional<Call> call;
};

request_actor::behavior_type request(RequestSelf self, std::shared_ptr<RequestConfig> config);

}  // namespace epicura
