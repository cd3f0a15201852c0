#pragma once
// An Idempotency-Key lets a client send a request again whose answer it did not get: what it changes is changed once,
// and answered as it was, for 24 hours. The key's row commits with the change (Call::query_once) and holds the answer
// before the client does. Who was cut off in between is told so; nothing is done a second time.

#include <functional>

#include "actors/request.hpp"

namespace epicura {

// After authorisation, before the body is looked at: goes on with `then` where there is no key, the route takes none,
// or this one is new. Else it has answered: as before, or 409.
void look_up_key(Call& call, std::function<void()> then);

// What claims the key, as the first statements of the transaction of the change.
Call::Unit claim_of(const IdempotencyKey& key);
// The claim has failed: somebody has begun this one.
bool is_claimed(const pg::Outcome& outcome);
// Keeps the answer, or only that there was one. Of what was too much for now (429), or could not be sent (5xx),
// nothing: the key is free again.
Call::Unit keeping_of(const IdempotencyKey& key, const http::Response& response, bool has_secret);

}  // namespace epicura
