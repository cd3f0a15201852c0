#pragma once
// Trying a job again, for its own route and for the one that replays its dead letter.

#include <functional>

#include "actors/request.hpp"

namespace epicura::routes {

// The job begins anew, from its first attempt, and `then` goes on; otherwise the request has been answered: `absent`,
// where there is no such job, or 409 where it has not failed.
void retry(Call& call, const Uuid& id, Errc absent, std::function<void(const pg::Rows&)> then);

}  // namespace epicura::routes
