#include "actors/authorize.hpp"

#include "schema/pg/queries.hpp"

namespace epicura {

namespace {

void check_route(Call& call, const std::function<void()>& then) {
  const auto access = call.request().route->access;
  const auto& who = call.principal();
  if (std::holds_alternative<std::monostate>(who)) return call.fail(Errc::unauthorized, "a bearer token is needed");
  const auto* device = as_device(who);
  if (access == http::Access::signed_in) {
    // Before the rest of the request is looked at: of another's device nobody learns even what is wrong with a
    // question.
    if (!is_admin(who) && call.request().param("id") != nullptr) {
      const auto id = path_id(call);
      if (!id) return;
      if (!device || *id != device->device_id) return call.fail(Errc::not_found, "there is no such device");
    }
    return then();
  }

  if (!device) return call.fail(Errc::forbidden, "only the device itself may do this, with its own token");
  const auto id = path_id(call);
  if (!id) return;
  if (*id != device->device_id) return call.fail(Errc::not_found, "there is no such device");
  then();
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

}  // namespace

void authorize(Call& call, std::function<void()> then) {
  const auto& services = call.services();
  auto who = principal_of(call.request().authorization, services.access_tokens, services.settings.device_token_secret,
                          services.clock());
  if (call.request().route->access == http::Access::anyone) {  // health must not hang on a token, good or bad
    call.set_principal(who ? std::move(*who) : Principal{});
    return then();
  }
  if (!who) return call.fail(Errc::unauthorized, "the bearer token is not valid, or no longer");
  call.set_principal(*who);
  if (const auto* device = as_device(call.principal())) return check_generation(call, *device, std::move(then));
  check_route(call, then);
}

std::optional<Uuid> path_id(Call& call) {
  const auto* text = call.request().param("id");
  auto id = text ? Uuid::parse(*text) : std::nullopt;
  if (!id) call.fail(Errc::not_found, "there is no such device");
  return id;
}

}  // namespace epicura
