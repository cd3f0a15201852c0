#pragma once
// Which web pages may call us (the Fetch standard's CORS protocol). Callers prove themselves by a token in a header
// field, never by a cookie: so no answer allows credentials, and `*` is no danger.

#include <string>
#include <string_view>
#include <vector>

#include "http/message.hpp"

namespace epicura::http {

class CorsPolicy {
 public:
  CorsPolicy() = default;                                       // nobody's pages
  explicit CorsPolicy(std::string_view origins);                // a list, or "*"
  std::string_view allowed(std::string_view origin) const;      // for Access-Control-Allow-Origin; empty: not allowed
  bool depends_on_origin() const { return !origins_.empty(); }  // answers differ: Vary: Origin

 private:
  std::vector<std::string> origins_;
  bool any_ = false;
};

// What a preflight is answered with beside the origin. `methods`: of the path, as in Allow.
Pairs preflight_fields(std::string_view methods);

// Which of our answers' header fields a page may read.
inline constexpr std::string_view exposed_fields =
    "X-Request-Id, X-Client-Request-Id, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, "
    "RateLimit-Policy, WWW-Authenticate, ETag, Allow";

}  // namespace epicura::http
