#pragma once
// The passwords that are guessed first: common_passwords.txt, which travels inside the program. Any thread.

#include <string_view>

namespace epicura {

// The list as it is embedded: passwords in lower-case ASCII, of 8 characters or more, a line break before and after
// each.
std::string_view common_passwords_text();

// Without regard to the case of ASCII letters. Shorter ones are not in the list, however common. Tens of microseconds.
bool is_common_password(std::string_view password);

}  // namespace epicura
