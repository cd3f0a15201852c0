#pragma once
// Codes of the second factor, as the routes prove them.

#include "actors/request.hpp"

namespace epicura::routes {

// Six digits are soon guessed; recovery codes are not, so they are not counted.
constexpr std::int64_t most_tries_an_hour = 10;
void refuse_tries(Call& call);

// The step of a code that an app shows now, and that was not taken before. `sealed`: the user's secret as it is kept.
std::optional<std::int64_t> step_of(const Call& call, const Uuid& user, std::string_view sealed, std::int64_t last_step,
                                    std::string_view typed);

}  // namespace epicura::routes
