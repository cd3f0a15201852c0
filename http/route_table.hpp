#pragma once
// The tables that say which requests exist, and the way from a request to its row. The rows are in http/routes/.

#include <string>

#include "http/routes/admin.hpp"
#include "http/routes/auth.hpp"
#include "http/routes/devices.hpp"
#include "http/routes/documents.hpp"
#include "http/routes/media.hpp"
#include "http/routes/operations.hpp"
#include "http/routes/users.hpp"

namespace epicura::http {

template <std::size_t... sizes>
constexpr auto joined(const std::array<Route, sizes>&... parts) {
  std::array<Route, (sizes + ...)> all{};
  auto* next = all.begin();
  ((next = std::copy(parts.begin(), parts.end(), next)), ...);
  return all;
}

inline constexpr auto api_routes =
    joined(document_routes, auth_routes, user_routes, avatar_routes, media_routes, device_routes, admin_routes);

struct RouteMatch {
  const Route* route = nullptr;  // null: no such path (`allow` is empty), or not with this method
  std::string path;              // without its prefix, aliases replaced
  Pairs params;
  std::string allow;  // where there is no route: the methods that the path has, "GET, HEAD, OPTIONS"
};

// `method`: as on the request line; HEAD matches GET. `path`: decoded. A literal segment wins over a parameter.
RouteMatch match(RouteTable table, std::string_view method, std::string_view path);

}  // namespace epicura::http
