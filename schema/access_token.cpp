#include "schema/access_token.hpp"

#include <openssl/crypto.h>

#include "schema/base64.hpp"
#include "schema/bounded_json.hpp"
#include "schema/hmac_sha256.hpp"

namespace epicura {

namespace {

constexpr std::size_t max_token_bytes = 4096;
constexpr auto leeway = std::chrono::seconds{30};
constexpr std::string_view token_type = "at+jwt";

long seconds_of(Timestamp time) {
  return static_cast<long>(std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
}

std::string proof_of(const std::string& key, std::string_view text) {
  const auto proof = hmac_sha256(key, text);
  return base64url({proof.data(), proof.size()});
}

// An object of JSON in base64url; discarded where it is none.
Json read_part(std::string_view part) {
  const auto text = from_base64url(part);
  if (!text) return Json(Json::value_t::discarded);
  auto parsed = parse_json(*text, max_token_bytes);
  return parsed.value.is_object() ? std::move(parsed.value) : Json(Json::value_t::discarded);
}

std::string text_claim(const Json& claims, const char* name) {
  const auto found = claims.find(name);
  return found != claims.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// 0 where there is none; refused where it is no whole number.
std::optional<long> time_claim(const Json& claims, const char* name) {
  const auto found = claims.find(name);
  if (found == claims.end()) return 0;
  constexpr std::uint64_t year_10000 = 253402300800;
  if (!found->is_number_unsigned() || found->get<std::uint64_t>() >= year_10000) return std::nullopt;
  return found->get<long>();
}

// Algorithm, type and key are ours to say: a token that says anything else is none of ours.
bool is_our_head(const Json& head, std::string_view key_id) {
  for (const auto* forbidden : {"crit", "jku", "jwk", "x5u", "x5c"}) {
    if (head.contains(forbidden)) return false;
  }
  return text_claim(head, "alg") == "HS256" && text_claim(head, "typ") == token_type &&
         text_claim(head, "kid") == key_id;
}

}  // namespace

std::string_view name(Role role) {
  return role == Role::admin ? "admin" : "user";
}

AccessTokens::AccessTokens(std::string key, std::string issuer, std::string audience)
    : key_(std::move(key)), key_id_("1"), issuer_(std::move(issuer)), audience_(std::move(audience)) {}

std::string AccessTokens::sign(const AccessToken& token) const {
  const auto subject = token.subject.str();
  const Json head{{"alg", "HS256"}, {"kid", key_id_}, {"typ", token_type}};
  const Json claims{{"sub", subject},
                    {"user_id", subject},
                    {"email", token.email},
                    {"role", name(token.role)},
                    {"iss", issuer_},
                    {"aud", audience_},
                    {"iat", seconds_of(token.issued_at)},
                    {"exp", seconds_of(token.expires_at)},
                    {"jti", Uuid::v7().str()}};
  auto text = base64url(dump_json(head)) + "." + base64url(dump_json(claims));
  text += "." + proof_of(key_, text);
  return text;
}

std::optional<AccessToken> AccessTokens::verify(std::string_view text, Timestamp now) const {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = genuine_.find(text); found != genuine_.end()) {
      if (seconds_of(found->second.expires_at) > seconds_of(now)) return found->second;
      genuine_.erase(found);
      return std::nullopt;
    }
  }
  auto token = verify_anew(text, now);
  if (token) {
    const std::lock_guard lock(mutex_);
    if (genuine_.size() >= max_remembered) genuine_.clear();  // each is one verification away
    genuine_.emplace(text, *token);
  }
  return token;
}

std::optional<AccessToken> AccessTokens::verify_anew(std::string_view text, Timestamp now) const {
  if (text.size() > max_token_bytes) return std::nullopt;
  const auto first_dot = text.find('.');
  const auto last_dot = text.rfind('.');
  if (first_dot == last_dot) return std::nullopt;  // also where there is none
  const auto genuine = proof_of(key_, text.substr(0, last_dot));
  const auto given = text.substr(last_dot + 1);
  if (given.size() != genuine.size() || CRYPTO_memcmp(given.data(), genuine.data(), genuine.size()) != 0)
    return std::nullopt;

  const auto head = read_part(text.substr(0, first_dot));
  const auto claims = read_part(text.substr(first_dot + 1, last_dot - first_dot - 1));
  if (head.is_discarded() || claims.is_discarded() || !is_our_head(head, key_id_)) return std::nullopt;
  if (text_claim(claims, "iss") != issuer_ || text_claim(claims, "aud") != audience_) return std::nullopt;

  const long moment = seconds_of(now);
  const auto expires = time_claim(claims, "exp");
  const auto not_before = time_claim(claims, "nbf");
  const auto issued = time_claim(claims, "iat");
  if (!expires || !not_before || !issued) return std::nullopt;
  if (*expires <= moment || *not_before > moment + leeway.count() || *issued > moment + leeway.count())
    return std::nullopt;

  const auto subject = Uuid::parse(text_claim(claims, "sub"));
  const auto role = text_claim(claims, "role");
  if (!subject || (role != "user" && role != "admin")) return std::nullopt;
  return AccessToken{*subject, role == "admin" ? Role::admin : Role::user, text_claim(claims, "email"),
                     Timestamp{std::chrono::seconds{*issued}}, Timestamp{std::chrono::seconds{*expires}}};
}

}  // namespace epicura
