#pragma once
// The first checks of every request: who is asking, and may they use this route at all.

#include <functional>

#include "actors/request.hpp"

namespace epicura {

// On a route that is open to anyone the principal is what the token proves, unchecked against its generation.
// Goes on with `then` or answers 429, 401, 403 or 404. A request is counted against its quota before anything of it
// costs much: where it needs no token, before all else; of a person, as soon as token and session are proved. A
// device's token is checked against the current generation: from memory where it has been read lately, else from
// PostgreSQL; while that is away, against what was read last, and where nothing was, its proof alone counts.
void authorize(Call& call, std::function<void()> then);

// Goes on with `then` if the person's session lives, or there is none; else answers 401.
void require_session(Call& call, const std::function<void()>& then);

// Counts so many against the quota; false: they were too many, and the request has been answered 429.
bool is_within(Call& call, Quota& quota, const Quota::Key& key, observe::Counter& refused, std::size_t how_many = 1);

// The {id} of the route as a UUID; where it is none the request has been answered 404, like an absent one.
std::optional<Uuid> path_id(Call& call, std::string_view absent = "there is no such device");

}  // namespace epicura
