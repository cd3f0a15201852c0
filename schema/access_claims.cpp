#include "schema/access_claims.hpp"

#include "schema/bounded_json.hpp"

namespace epicura {

namespace {

constexpr auto leeway = std::chrono::seconds{30};

long seconds_of(Timestamp time) {
  return static_cast<long>(std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
}

Timestamp time_of(long seconds) {
  return Timestamp{std::chrono::seconds{seconds}};
}

// Reads claims one by one and remembers whether one of them was of the wrong type.
class Claims {
 public:
  explicit Claims(const Json& json) : json_(json) {}
  bool are_sound() const { return sound_; }

  std::optional<std::string> text(const char* name) {
    const auto found = json_.find(name);
    if (found == json_.end()) return std::nullopt;
    if (found->is_string()) return found->get<std::string>();
    sound_ = false;
    return std::nullopt;
  }

  std::optional<Uuid> id(const char* name) {
    const auto given = text(name);
    if (!given) return std::nullopt;
    const auto id = Uuid::parse(*given);
    sound_ = sound_ && id;
    return id;
  }

  std::optional<long> seconds(const char* name) {
    constexpr std::uint64_t year_10000 = 253402300800;
    const auto found = json_.find(name);
    if (found == json_.end()) return std::nullopt;
    if (found->is_number_unsigned() && found->get<std::uint64_t>() < year_10000) return found->get<long>();
    sound_ = false;
    return std::nullopt;
  }

  bool lists(const char* name, std::string_view wanted) {
    const auto found = json_.find(name);
    if (found == json_.end()) return false;
    sound_ = sound_ && found->is_array() &&
             std::all_of(found->begin(), found->end(), [](const Json& item) { return item.is_string(); });
    return sound_ && std::find(found->begin(), found->end(), wanted) != found->end();
  }

 private:
  const Json& json_;
  bool sound_ = true;
};

}  // namespace

std::string write_claims(const AccessToken& token, std::string_view issuer, std::string_view audience) {
  const auto subject = token.subject.str();
  Json claims{{"sub", subject},
              {"user_id", subject},
              {"email", token.email},
              {"role", name(token.role)},
              {"iss", issuer},
              {"aud", audience},
              {"iat", seconds_of(token.issued_at)},
              {"exp", seconds_of(token.expires_at)},
              {"jti", Uuid::v7().str()}};
  if (token.family) claims["sid"] = token.family->str();
  if (token.second_factor) claims["amr"] = {"pwd", "otp"};  // RFC 8176
  if (token.authenticated_at) claims["auth_time"] = seconds_of(*token.authenticated_at);
  return dump_json(claims);
}

std::optional<AccessToken> read_claims(std::string_view json, std::string_view issuer, std::string_view audience,
                                       Timestamp now) {
  const auto parsed = parse_json(json);
  if (!parsed.value.is_object()) return std::nullopt;
  Claims claims(parsed.value);
  if (claims.text("iss") != issuer || claims.text("aud") != audience) return std::nullopt;

  const long moment = seconds_of(now);
  const auto issued = claims.seconds("iat");
  const auto authenticated = claims.seconds("auth_time");
  const auto expires = claims.seconds("exp");
  if (!expires || *expires <= moment) return std::nullopt;
  for (const auto& begun : {issued, authenticated, claims.seconds("nbf")}) {
    if (begun && *begun > moment + leeway.count()) return std::nullopt;
  }

  const auto subject = claims.id("sub");
  const auto family = claims.id("sid");
  const auto role = claims.text("role");
  const auto email = claims.text("email");
  if (!claims.are_sound() || !subject || (role != "user" && role != "admin")) return std::nullopt;
  AccessToken token{*subject,           role == "admin" ? Role::admin : Role::user,
                    email.value_or(""), time_of(issued.value_or(0)),
                    time_of(*expires),  family};
  if (authenticated) token.authenticated_at = time_of(*authenticated);
  token.second_factor = claims.lists("amr", "otp");
  return claims.are_sound() ? std::optional(std::move(token)) : std::nullopt;
}

}  // namespace epicura
