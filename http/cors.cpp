#include "http/cors.hpp"

#include <algorithm>

#include "schema/list.hpp"

namespace epicura::http {

CorsPolicy::CorsPolicy(std::string_view origins) {
  for_items(origins, [this](std::string_view origin) {
    if (origin == "*") {
      any_ = true;
    } else {
      origins_.emplace_back(origin);
    }
  });
  if (any_) origins_.clear();
}

std::string_view CorsPolicy::allowed(std::string_view origin) const {
  if (origin.empty()) return {};
  if (any_) return "*";
  return std::find(origins_.begin(), origins_.end(), origin) != origins_.end() ? origin : std::string_view();
}

Pairs preflight_fields(std::string_view methods) {
  return {{"Access-Control-Allow-Methods", std::string(methods)},
          {"Access-Control-Allow-Headers",
           "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id, X-Client-Request-Id, "
           "traceparent"},
          {"Access-Control-Max-Age", "600"}};
}

}  // namespace epicura::http
