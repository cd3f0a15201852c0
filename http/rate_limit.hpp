#pragma once
// The header fields by which a client paces itself (draft-ietf-httpapi-ratelimit-headers-06, the form that is in use).

#include "http/message.hpp"
#include "schema/quota.hpp"

namespace epicura::http {

// RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset (s until there is more) and RateLimit-Policy ("100;w=60").
// Nothing where there is no limit.
void add_rate_limit(Pairs& headers, const Quota::Standing& standing);

}  // namespace epicura::http
