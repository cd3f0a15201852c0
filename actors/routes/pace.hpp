#pragma once
// How log-ins are paced at which somebody guesses (schema/guessing.hpp).

#include <functional>
#include <optional>

#include "actors/request.hpp"

namespace epicura::routes {

// `email`: as two addresses are compared.
Guessing::Attempt attempt_of(const Call& call, std::string_view email);
// Goes on with `then`, or answers 429. `user`: whose account it is, if there is one; it is answered alike if not.
void pace_log_in(Call& call, const Guessing::Attempt& attempt, const std::optional<Uuid>& user,
                 std::function<void()> then);
// Counts it, and says so in the log where it is more than somebody's bad memory.
void note_failed_log_in(const Call& call, const Guessing::Attempt& attempt);

}  // namespace epicura::routes
