#include "http/route_table.hpp"

namespace epicura::http {

namespace {

// The resource behind the spellings that clients of different ages use.
std::string canonical(std::string_view path) {
  for (std::string_view prefix : {"/api/v1", "/api"}) {
    if (path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/')) {
      path.remove_prefix(prefix.size());
      break;
    }
  }
  constexpr std::string_view alias = "/appliances";
  if (path.starts_with(alias) && (path.size() == alias.size() || path[alias.size()] == '/'))
    return "/devices" + std::string(path.substr(alias.size()));
  return std::string(path);
}

// Takes the next "/segment" off `rest`.
std::string_view take_segment(std::string_view& rest) {
  rest.remove_prefix(1);
  const auto end = rest.find('/');
  const auto segment = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end);
  return segment;
}

// Whether `path` has the shape of `pattern`; `literals` counts the segments that are equal to the letter.
bool fits(std::string_view pattern, std::string_view path, int& literals) {
  while (pattern.starts_with('/') && path.starts_with('/')) {
    const auto wanted = take_segment(pattern);
    const auto given = take_segment(path);
    if (wanted.starts_with('{')) {
      if (given.empty()) return false;
    } else if (wanted == given) {
      ++literals;
    } else {
      return false;
    }
  }
  return pattern.empty() && path.empty();
}

Pairs read_params(std::string_view pattern, std::string_view path) {
  Pairs params;
  while (!pattern.empty()) {
    const auto wanted = take_segment(pattern);
    const auto given = take_segment(path);
    if (wanted.starts_with('{')) params.emplace_back(wanted.substr(1, wanted.size() - 2), given);
  }
  return params;
}

}  // namespace

RouteMatch match(RouteTable table, std::string_view method, std::string_view path) {
  RouteMatch found;
  found.path = canonical(path);
  if (method == "HEAD") method = "GET";

  std::string_view pattern;
  int most_literals = -1;
  for (const Route& route : table) {
    int literals = 0;
    // Most differ in the first letter.
    if (found.path.size() < 2 || (route.path[1] != found.path[1] && route.path[1] != '{')) continue;
    if (!fits(route.path, found.path, literals) || literals <= most_literals) continue;
    most_literals = literals;
    pattern = route.path;
  }
  if (pattern.empty()) return found;

  for (const Route& route : table) {
    if (route.path == pattern && name(route.method) == method) found.route = &route;
  }
  if (found.route != nullptr) {
    found.params = read_params(pattern, found.path);
    return found;
  }
  for (const Route& route : table) {
    if (route.path != pattern) continue;
    found.allow += name(route.method);
    found.allow += ", ";
    if (route.method == Method::get) found.allow += "HEAD, ";
  }
  found.allow += "OPTIONS";
  return found;
}

}  // namespace epicura::http
