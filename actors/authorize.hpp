#pragma once
// The first checks of every request: who is asking, and may they use this route at all.

#include <functional>

#include "actors/request.hpp"

namespace epicura {

// On a route that is open to anyone the principal is what the token proves, unchecked against its generation.
// Goes on with `then` or answers 401, 403 or 404. A device's token is checked against the current generation: from
// memory where it has been read lately, else from PostgreSQL; while that is away, against what was read last, and where
// nothing was, its proof alone counts.
void authorize(Call& call, std::function<void()> then);

// The {id} of the route as a UUID; where it is none the request has been answered 404, like an absent one.
std::optional<Uuid> path_id(Call& call);

}  // namespace epicura
