#include "actors/routes/pace.hpp"

#include "schema/observe/log.hpp"
#include "schema/pg/account_queries.hpp"

namespace epicura::routes {

namespace {

IpAddress client_of(const Call& call) {
  return IpAddress::parse(call.request().peer_address).value_or(IpAddress{});
}

// As PostgreSQL reads a block of addresses.
std::string network_text(const IpAddress& address) {
  return address.network().str() + (address.is_ipv4() ? "/32" : "/64");
}

void wait_for_turn(Call& call, const Guessing::Attempt& attempt, Guessing::Pace pace,
                   const std::function<void()>& then) {
  auto& quotas = call.services().quotas;
  const auto turn = quotas.guessing.take_turn(attempt, pace, quotas.clock());
  if (turn.allowed) return then();
  quotas.log_in_refused.Increment();
  call.fail(Errc::quota, "too many log-ins have failed here; try again in a minute",
            {{"Retry-After", std::to_string(turn.reset_s)}});
}

}  // namespace

Guessing::Attempt attempt_of(const Call& call, std::string_view email) {
  return call.services().quotas.guessing.attempt(email, client_of(call));
}

void pace_log_in(Call& call, const Guessing::Attempt& attempt, const std::optional<Uuid>& user,
                 std::function<void()> then) {
  auto& quotas = call.services().quotas;
  const auto pace = quotas.guessing.pace(attempt, quotas.clock());
  switch (pace) {
    case Guessing::Pace::free:
      return then();
    case Guessing::Pace::slow:
      return wait_for_turn(call, attempt, pace, then);
    case Guessing::Pace::slow_for_strangers:
    case Guessing::Pace::slow_network:
      const auto network = network_text(client_of(call));
      call.query({{&pg::queries::has_signed_in_from, pg::params_of(user.value_or(Uuid{}), std::string_view(network))}},
                 [&call, attempt, pace, then = std::move(then)](const std::vector<pg::Rows>& results) {
                   if (results[0].boolean(0, 0)) return then();
                   wait_for_turn(call, attempt, pace, then);
                 });
  }
}

void note_failed_log_in(const Call& call, const Guessing::Attempt& attempt) {
  auto& quotas = call.services().quotas;
  quotas.failed_log_ins.Increment();
  const auto noticed = quotas.guessing.failed(attempt, quotas.clock());
  if (!noticed.account && !noticed.network) return;
  const auto held = quotas.guessing_log_pace.due();
  if (!held) return;
  // Who has access to the log learns no address of an account.
  log::warning("auth", "somebody guesses: log-ins to {} fail, the last from {} ({} more such lines)",
               noticed.account ? "account " + attempt.account.str().substr(0, 8) : "many accounts",
               call.request().peer_address, *held);
}

}  // namespace epicura::routes
