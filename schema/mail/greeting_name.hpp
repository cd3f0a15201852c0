#pragma once

#include <string>
#include <string_view>

namespace epicura::mail {

// A user's name as a mail may greet with it: at most 60 characters, nothing invisible that turns or breaks the line,
// no white space at the ends. Empty where nothing is left, or where a mail program would make a link of it: who
// registers with another's address and the name "see http://..." must not write to them through us.
std::string greeting_name(std::string_view name);

}  // namespace epicura::mail
