#include "actors/authorize.hpp"

#include <fmt/format.h>

#include "schema/pg/account_queries.hpp"
#include "schema/pg/audit_queries.hpp"
#include "schema/pg/audit_rows.hpp"
#include "schema/pg/queries.hpp"
#include "schema/pg/right_queries.hpp"

namespace epicura {

namespace {

constexpr std::string_view no_token = "the bearer token is not valid, or no longer";
constexpr auto fresh_for = std::chrono::minutes{10};

// An operator's token has no session and is of nobody who could have proved anything.
bool is_fresh(const AccessToken& person, Timestamp now) {
  return person.family && person.authenticated_at && *person.authenticated_at > now - fresh_for;
}

bool network_is_within(Call& call) {
  auto& quotas = call.services().quotas;
  const auto from = IpAddress::parse(call.request().peer_address).value_or(IpAddress{});
  return is_within(call, quotas.auth, {from.network().bytes()}, quotas.auth_refused);
}

bool user_is_within(Call& call, const Uuid& user) {
  auto& quotas = call.services().quotas;
  return is_within(call, quotas.user, user, quotas.user_refused);
}

// What an admin may beyond a user. Not in development: only who has signed in with a second factor. The role may be as
// old as the token; a route that is for admins alone asks anew.
bool acts_as_admin(const Call& call) {
  if (!is_admin(call.principal())) return false;
  return call.services().settings.is_development() || std::get<AccessToken>(call.principal()).second_factor;
}

constexpr std::string_view no_second_factor = "turn on a second factor, and sign in with it";
constexpr std::string_view no_device = "there is no such device";

// That an admin reads it, in the audit log before it is answered.
void tell_read(Call& call, const Uuid& device, const std::function<void()>& then) {
  auto& reads = call.services().admin_reads;
  const AdminReads::Read read{std::get<AccessToken>(call.principal()).subject, call.request().route->name, device};
  if (reads.count(read, std::chrono::steady_clock::now())) return then();
  auto entry = entry_of(read);
  entry.request_id = call.request().request_id;
  entry.address = call.request().peer_address;
  call.query({{&pg::queries::append_audit, pg::audit_params(entry)}},
             [&reads, read, then](const std::vector<pg::Rows>&) {
               reads.begin(read, std::chrono::steady_clock::now());
               then();
             });
}

void see_as_user(Call& call, const Uuid& device, const std::function<void()>& then) {
  call.query({{&pg::queries::get_device_of_user, pg::params_of(device, *user_of(call.principal()))}},
             [&call, then](const std::vector<pg::Rows>& results) {
               if (results[0].size() == 0) return call.fail(Errc::not_found, std::string(no_device));
               call.set_device_of_user(results[0]);
               then();
             });
}

// Where a second factor is needed, it has to be on still. An operator's token is of no account and may what it says.
void see_as_admin(Call& call, const Uuid& device, const std::function<void()>& then) {
  const auto see = [&call, device, then] {
    call.request().method == http::Method::get ? tell_read(call, device, then) : then();
  };
  const auto& person = std::get<AccessToken>(call.principal());
  if (call.services().settings.is_development() || !person.family) return see();
  call.query({{&pg::queries::get_standing, pg::Params().add(person.subject)}},
             [&call, device, see, then](const std::vector<pg::Rows>& results) {
               const auto& rows = results[0];
               const bool is_admin = rows.size() > 0 && rows.text(0, 0) == name(Role::admin) && rows.boolean(0, 2);
               is_admin ? see() : see_as_user(call, device, then);
             });
}

// Before the rest of the request is looked at: of another's device nobody learns even what is wrong with a question.
void check_object(Call& call, const std::function<void()>& then) {
  if (call.request().route->object == http::Object::none) return then();
  const auto id = path_id(call);
  if (!id) return;
  if (acts_as_admin(call)) return see_as_admin(call, *id, then);
  const auto* device = as_device(call.principal());
  if (!device) return see_as_user(call, *id, then);
  if (*id != device->device_id) return call.fail(Errc::not_found, std::string(no_device));
  then();
}

// What the row of the user says now, where the token's word is not enough. An operator's token without account is of no
// user: it may what it says.
void check_standing(Call& call, const std::function<void()>& then) {
  const auto& route = *call.request().route;
  const auto& person = std::get<AccessToken>(call.principal());
  const bool as_admin = route.access == http::Access::admin && person.family;
  if (!as_admin && !route.verified) return then();
  call.query({{&pg::queries::get_standing, pg::Params().add(person.subject)}},
             [&call, &route, as_admin, then](const std::vector<pg::Rows>& results) {
               const auto& rows = results[0];
               if (rows.size() == 0) return call.fail(Errc::forbidden, "there is no account of this token");
               if (as_admin && rows.text(0, 0) != name(Role::admin))
                 return call.fail(Errc::forbidden, "only an admin may do this");
               if (as_admin && !rows.boolean(0, 2) && !call.services().settings.is_development())
                 return call.fail(Errc::mfa_enrollment_required, std::string(no_second_factor));
               if (route.verified && !rows.boolean(0, 1))
                 return call.fail(Errc::email_unverified, "verify your e-mail address first: POST /auth/email/verify");
               then();
             });
}

void check_person(Call& call, const std::function<void()>& then) {
  const auto& route = *call.request().route;
  if (as_device(call.principal())) return call.fail(Errc::forbidden, "a device has no account");
  if (as_key(call.principal())) return then();
  if (route.access == http::Access::admin) {
    if (!is_admin(call.principal())) return call.fail(Errc::forbidden, "only an admin may do this");
    if (!acts_as_admin(call)) return call.fail(Errc::mfa_enrollment_required, std::string(no_second_factor));
  }
  if (route.fresh && !is_fresh(std::get<AccessToken>(call.principal()), call.services().clock()))
    return call.fail(Errc::reauthentication_required, "prove the password once more: POST /auth/reauth");
  check_standing(call, then);
}

void check_device_itself(Call& call, const std::function<void()>& then) {
  const auto* device = as_device(call.principal());
  if (!device) return call.fail(Errc::forbidden, "only the device itself may do this, with its own token");
  const auto id = path_id(call);
  if (!id) return;
  if (*id != device->device_id) return call.fail(Errc::not_found, std::string(no_device));
  then();
}

void check_route(Call& call, const std::function<void()>& then) {
  const auto& route = *call.request().route;
  if (std::holds_alternative<std::monostate>(call.principal()))
    return call.fail(Errc::unauthorized, "a bearer token is needed");
  if (const auto* key = as_key(call.principal())) {
    if (!route.scope) return call.fail(Errc::forbidden, "no API key may do this");
    if (!key->scopes.has(*route.scope))
      return call.fail(Errc::forbidden, fmt::format("this API key has no scope {}", name(*route.scope)));
  }
  switch (route.access) {
    case http::Access::anyone:
      return then();
    case http::Access::person:
    case http::Access::admin:
      return check_person(call, then);
    case http::Access::signed_in:
      return check_object(call, then);
    case http::Access::device:
      return check_device_itself(call, then);
  }
}

void check_generation(Call& call, const DeviceToken& token, std::function<void()> then) {
  const auto& services = call.services();
  const auto judge = [&call, token, then = std::move(then)](std::int64_t current) {
    if (current != token.generation)
      return call.fail(Errc::unauthorized, "this device token has been replaced or revoked");
    check_route(call, then);
  };
  const auto known = services.generations.find(token.device_id, services.clock());
  if (known && known->fresh) return judge(known->generation);
  // What was read long ago counts only while PostgreSQL cannot be asked; where nothing was, the token's own word.
  const auto meanwhile = known ? known->generation : token.generation;
  call.try_query({{&pg::queries::get_token_generation, pg::Params().add(token.device_id)}},
                 [&call, token, judge, meanwhile](const pg::Outcome& outcome) {
                   if (!outcome.ok()) return judge(meanwhile);
                   const auto& rows = outcome.results.front();
                   const auto current = rows.size() ? rows.int8(0, 0) : 0;
                   call.services().generations.note(token.device_id, current, call.services().clock());
                   judge(current);
                 });
}

// Whether this person has signed out since the token was made.
void check_session(Call& call, const Uuid& family, const std::function<void()>& then) {
  constexpr auto ended = "this session has ended; sign in again";
  const auto& services = call.services();
  switch (services.revocations.look(family)) {
    case Revocations::Standing::ended:
      return call.fail(Errc::unauthorized, ended);
    case Revocations::Standing::alive:
      return then();
    case Revocations::Standing::unknown:
      call.query({{&pg::queries::is_family_alive, pg::Params().add(family)}},
                 [&call, then](const std::vector<pg::Rows>& results) {
                   const auto& rows = results.front();
                   if (rows.size() == 0 || !rows.boolean(0, 0)) return call.fail(Errc::unauthorized, ended);
                   then();
                 });
  }
}

// Asked each time: a key that was revoked is good for nothing from then on.
void check_key(Call& call, const KeyHolder& holder, std::function<void()> then) {
  call.query({{&pg::queries::find_api_key, pg::params_of(holder.key.id, std::string_view(holder.key.hash))}},
             [&call, holder, then = std::move(then)](const std::vector<pg::Rows>& results) {
               const auto& rows = results[0];
               if (rows.size() == 0) return call.fail(Errc::unauthorized, std::string(no_token));
               call.set_principal(KeyHolder{holder.key, rows.uuid(0, 0), Scopes::read(rows.text(0, 1))});
               if (call.request().route->counts == http::Counts::user && !user_is_within(call, holder.key.id)) return;
               if (rows.boolean(0, 2))
                 call.services().database.execute(pg::queries::touch_api_key, pg::Params().add(holder.key.id),
                                                  [](const pg::Outcome&) {});  // nobody waits for it
               check_route(call, then);
             });
}

}  // namespace

bool is_within(Call& call, Quota& quota, const Quota::Key& key, observe::Counter& refused, std::size_t how_many) {
  if (quota.is_off()) return true;
  const auto standing = quota.take(key, call.services().quotas.clock(), static_cast<std::uint32_t>(how_many));
  call.set_quota(standing);
  if (standing.allowed) return true;
  refused.Increment();
  call.fail(Errc::quota, "that was often; try again later", {{"Retry-After", std::to_string(standing.reset_s)}});
  return false;
}

void authorize(Call& call, std::function<void()> then) {
  const auto& services = call.services();
  const auto counts = call.request().route->counts;
  if (counts == http::Counts::auth && !network_is_within(call)) return;
  auto who = principal_of(call.request().authorization, services.access_tokens, services.settings.device_token_secret,
                          services.api_keys, services.clock());
  if (call.request().route->access == http::Access::anyone) {  // health must not hang on a token, good or bad
    call.set_principal(who ? std::move(*who) : Principal{});
    return then();
  }
  if (!who) return call.fail(Errc::unauthorized, std::string(no_token));
  call.set_principal(*who);
  if (const auto* device = as_device(call.principal())) {
    call.set_quota(services.quotas.readings.look(device->device_id, services.quotas.clock()));
    return check_generation(call, *device, std::move(then));
  }
  if (const auto* key = as_key(call.principal())) return check_key(call, *key, std::move(then));
  require_session(call, [&call, counts, then = std::move(then)] {
    const auto* person = std::get_if<AccessToken>(&call.principal());
    if (person && counts == http::Counts::user && !user_is_within(call, person->subject)) return;
    check_route(call, then);
  });
}

void require_session(Call& call, const std::function<void()>& then) {
  const auto* person = std::get_if<AccessToken>(&call.principal());
  person && person->family ? check_session(call, *person->family, then) : then();
}

std::optional<Uuid> path_id(Call& call, std::string_view absent) {
  const auto* text = call.request().param("id");
  auto id = text ? Uuid::parse(*text) : std::nullopt;
  if (!id) call.fail(Errc::not_found, std::string(absent));
  return id;
}

}  // namespace epicura
