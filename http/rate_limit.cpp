#include "http/rate_limit.hpp"

namespace epicura::http {

void add_rate_limit(Pairs& headers, const Quota::Standing& standing) {
  if (standing.limit == 0) return;
  auto limit = std::to_string(standing.limit);
  auto policy = limit + ";w=" + std::to_string(standing.within_s);
  headers.reserve(headers.size() + 4);
  headers.emplace_back("RateLimit-Limit", std::move(limit));
  headers.emplace_back("RateLimit-Remaining", std::to_string(standing.remaining));
  headers.emplace_back("RateLimit-Reset", std::to_string(standing.reset_s));
  headers.emplace_back("RateLimit-Policy", std::move(policy));
}

}  // namespace epicura::http
