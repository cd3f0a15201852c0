#include "actors/principal.hpp"

#include <algorithm>

namespace epicura {

std::optional<Principal> principal_of(std::string_view authorization, const AccessTokens& access_tokens,
                                      std::string_view device_token_key, const ApiKeys& api_keys, Timestamp now) {
  if (authorization.empty()) return Principal{};
  constexpr std::string_view scheme = "bearer ";
  if (authorization.size() <= scheme.size()) return std::nullopt;
  const auto same = [](char wanted, char given) {
    return wanted == (given >= 'A' && given <= 'Z' ? given - 'A' + 'a' : given);
  };
  if (!std::equal(scheme.begin(), scheme.end(), authorization.begin(), same)) return std::nullopt;
  const auto token = authorization.substr(scheme.size());
  if (const auto device = verify_device_token(device_token_key, token)) return Principal{*device};
  if (auto key = api_keys.read(token)) return Principal{KeyHolder{std::move(*key)}};
  if (auto person = access_tokens.verify(token, now)) return Principal{std::move(*person)};
  return std::nullopt;
}

std::optional<Uuid> user_of(const Principal& who) {
  if (const auto* key = as_key(who)) return key->user;
  const auto* person = std::get_if<AccessToken>(&who);
  return person ? std::optional(person->subject) : std::nullopt;
}

std::string_view kind_of(const Principal& who) {
  if (as_device(who)) return "device";
  if (as_key(who)) return "api_key";
  const auto* person = std::get_if<AccessToken>(&who);
  return person ? name(person->role) : "nobody";
}

std::string id_of(const Principal& who) {
  const auto id = uuid_of(who);
  return id ? id->str() : std::string();
}

AuditActor audit_actor_of(const Principal& who) {
  if (as_device(who)) return AuditActor::device;
  if (std::holds_alternative<std::monostate>(who)) return AuditActor::nobody;
  if (as_key(who)) return AuditActor::api_key;
  return is_admin(who) ? AuditActor::admin : AuditActor::user;
}

std::optional<Uuid> uuid_of(const Principal& who) {
  if (const auto* device = as_device(who)) return device->device_id;
  if (const auto* key = as_key(who)) return key->key.id;
  const auto* person = std::get_if<AccessToken>(&who);
  return person ? std::optional(person->subject) : std::nullopt;
}

}  // namespace epicura
