#pragma once
// What must hold of settings taken together, and where secrets come from that are not set.

#include <optional>
#include <string>
#include <string_view>

#include "schema/settings/settings.hpp"

namespace epicura {

// A secret that is not set is read from secrets_dir/<name>; in development a missing file is made, once, mode 600.
// One that may be absent is neither made nor missed.
std::optional<Error> take_secrets_from_files(Settings& settings);

// Outside development: plaintext to PostgreSQL or NATS only on loopback. In development: listening only on loopback.
std::optional<Error> check_rules(const Settings& settings);

// scheme://[user[:password]@]host[:port][/...]; the host is empty for a socket or where there is none.
struct UrlParts {
  std::string_view user;
  std::string_view password;
  std::string_view host;
  std::optional<int> port;
  bool bad_port = false;
};
UrlParts parts_of_url(std::string_view url);
bool is_loopback(std::string_view host);

}  // namespace epicura
