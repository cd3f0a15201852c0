#include "actors/principal.hpp"

#include <algorithm>

namespace epicura {

std::optional<Principal> principal_of(std::string_view authorization, const AccessTokens& access_tokens,
                                      std::string_view device_token_key, Timestamp now) {
  if (authorization.empty()) return Principal{};
  constexpr std::string_view scheme = "bearer ";
  if (authorization.size() <= scheme.size()) return std::nullopt;
  const auto same = [](char wanted, char given) {
    return wanted == (given >= 'A' && given <= 'Z' ? given - 'A' + 'a' : given);
  };
  if (!std::equal(scheme.begin(), scheme.end(), authorization.begin(), same)) return std::nullopt;
  const auto token = authorization.substr(scheme.size());
  if (const auto device = verify_device_token(device_token_key, token)) return Principal{*device};
  if (auto person = access_tokens.verify(token, now)) return Principal{std::move(*person)};
  return std::nullopt;
}

std::string_view kind_of(const Principal& who) {
  if (as_device(who)) return "device";
  const auto* person = std::get_if<AccessToken>(&who);
  return person ? name(person->role) : "nobody";
}

std::string id_of(const Principal& who) {
  if (const auto* device = as_device(who)) return device->device_id.str();
  const auto* person = std::get_if<AccessToken>(&who);
  return person ? person->subject.str() : std::string();
}

}  // namespace epicura
