#include "actors/idempotency.hpp"

#include <algorithm>

#include "schema/ascii.hpp"
#include "schema/hmac_sha256.hpp"
#include "schema/pg/idempotency_queries.hpp"

namespace epicura {

namespace {

namespace q = pg::queries;

constexpr std::size_t longest_key = 255;

bool is_legal(std::string_view key) {
  return key.size() <= longest_key && std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c <= '~'; });
}

// Of what a request with the same key has to have in common with the first: the object, the query, the body.
std::string fingerprint_of(const http::Request& request) {
  std::string text;
  const auto add = [&text](std::string_view part) {
    text.append(std::to_string(part.size())).append(":").append(part);
  };
  for (const auto& [name, value] : request.params) add(ascii_lower(value));  // ids, read in any case
  for (const auto& [name, value] : request.query) {
    add(name);
    add(value);
  }
  add(request.body);
  const auto digest = hmac_sha256("idempotency", text);
  return {digest.begin(), digest.end()};
}

pg::Params params_of(const IdempotencyKey& key) {
  return pg::params_of(key.principal, key.route, std::string_view(key.key));
}

void answer_again(Call& call, const pg::Rows& row) {
  http::Response response{static_cast<int>(row.int8(0, 2)), std::string(row.text(0, 3)), std::string(row.text(0, 5)),
                          parse_json(row.text(0, 4)).value.get<http::Pairs>()};
  response.headers.emplace_back("Idempotent-Replayed", "true");
  call.answer(std::move(response));
}

void answer_known(Call& call, const pg::Rows& row) {
  if (row.text(0, 0) != call.idempotency_key()->fingerprint)
    return call.fail(Errc::key_reused, "this Idempotency-Key was sent with another request; take a new one");
  const auto state = row.text(0, 1);
  if (state == "kept") return answer_again(call, row);
  if (state == "open")
    return call.fail(Errc::in_progress, "the first request with this Idempotency-Key is at work",
                     {{"Retry-After", "1"}});
  call.fail(Errc::already_done, state == "lost"
                                    ? "this was done, and cut off before its answer was kept; look at what it changed"
                                    : "this was done; its answer had a secret in it, which is shown once");
}

}  // namespace

void look_up_key(Call& call, std::function<void()> then) {
  const auto& request = call.request();
  const auto principal = uuid_of(call.principal());
  if (request.idempotency_key.empty() || request.route->idempotency == http::Idempotency::none || !principal)
    return then();
  if (!is_legal(request.idempotency_key))
    return call.fail({{"/headers/idempotency-key", "bad_value", "1 to 255 visible characters of ASCII"}});
  if (!call.idempotency_key())
    call.set_idempotency_key({*principal, request.route->name, request.idempotency_key, fingerprint_of(request)});
  call.query({{&q::find_idempotency_key, params_of(*call.idempotency_key())}},
             [&call, then = std::move(then)](const std::vector<pg::Rows>& results) {
               results[0].size() > 0 ? answer_known(call, results[0]) : then();
             });
}

Call::Unit claim_of(const IdempotencyKey& key) {
  auto claim = params_of(key);
  claim.add(std::string_view(key.fingerprint));
  return {{&q::free_idempotency_key, params_of(key)}, {&q::claim_idempotency_key, std::move(claim)}};
}

bool is_claimed(const pg::Outcome& outcome) {
  return pg::is_duplicate(outcome) && outcome.constraint == "idempotency_keys_pkey";
}

Call::Unit keeping_of(const IdempotencyKey& key, const http::Response& response, bool has_secret) {
  auto params = params_of(key);
  constexpr int least_refusal = 300;
  constexpr int too_many = 429;
  constexpr int least_failure = 500;
  if (response.status == too_many || response.status >= least_failure)
    return {{&q::release_idempotency_key, std::move(params)}};
  if (has_secret && response.status < least_refusal) {
    params.null().null().null().null();
  } else {
    params.add(static_cast<std::int64_t>(response.status))
        .add(std::string_view(response.content_type))
        .add(dump_json(response.headers))
        .add(std::string_view(response.body));
  }
  return {{&q::end_idempotency_key, std::move(params)}};
}

}  // namespace epicura
