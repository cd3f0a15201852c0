#pragma once
// Subjects with wildcards: `*` stands for one level, `>` at the end for one or more. Pure.

#include <string_view>

namespace epicura::bus {

// May this be subscribed to? Levels as in is_publishable, or a wildcard alone in its level.
bool is_pattern(std::string_view pattern);

bool matches(std::string_view pattern, std::string_view subject);

// Is there a subject that both match? It would be heard twice.
bool overlap(std::string_view one, std::string_view other);

}  // namespace epicura::bus
