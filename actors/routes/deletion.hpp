#pragma once
// Where signing in and deleted accounts meet.

#include "actors/request.hpp"

namespace epicura::routes {

// Answers a log-in or a restore whose password was right. Of a log-in the account is deleted, and it is refused; of a
// restore it may not be deleted at all (no `restorable_until`), and all is well. `proved`: the hash as it is kept.
void settle_deletion(Call& call, const Uuid& user, const std::string& proved,
                     const std::optional<Timestamp>& restorable_until);

}  // namespace epicura::routes
