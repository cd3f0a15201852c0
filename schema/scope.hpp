#pragma once
// What an API key can be allowed: each scope by itself, none is part of another. A route names the scope that it needs
// of a key (http/route.hpp); what names none is not for keys.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace epicura {

enum class Scope { account_read, devices_read, telemetry_read, heat };

struct ScopeFacts {
  Scope scope;
  std::string_view name;
  std::string_view allows;
};

inline constexpr std::array all_scopes{
    ScopeFacts{Scope::account_read, "account:read", "see the account"},
    ScopeFacts{Scope::devices_read, "devices:read", "see devices"},
    ScopeFacts{Scope::telemetry_read, "telemetry:read", "see readings of devices"},
    ScopeFacts{Scope::heat, "heat", "start what heats"},
};

constexpr std::string_view name(Scope scope) {
  return all_scopes[static_cast<std::size_t>(scope)].name;
}
std::optional<Scope> parse_scope(std::string_view name);  // as it is spelled above

// A set of them.
class Scopes {
 public:
  // Names with spaces between, as PostgreSQL's array_to_string gives them. A name that is not known, such as one of a
  // later version, allows nothing.
  static Scopes read(std::string_view names);

  void add(Scope scope) { bits_ |= bit(scope); }
  bool has(Scope scope) const { return (bits_ & bit(scope)) != 0; }
  std::vector<std::string_view> names() const;  // in the order above

 private:
  static std::uint32_t bit(Scope scope) { return std::uint32_t{1} << static_cast<unsigned>(scope); }
  std::uint32_t bits_ = 0;
};

}  // namespace epicura
