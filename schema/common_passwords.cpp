#include "schema/common_passwords.hpp"

#include <string>

#include "schema/ascii.hpp"

namespace epicura {

bool is_common_password(std::string_view password) {
  constexpr std::size_t longest = 32;  // of the list: 18
  if (password.empty() || password.size() > longest || password.find('\n') != std::string_view::npos) return false;
  return common_passwords_text().find('\n' + ascii_lower(password) + '\n') != std::string_view::npos;
}

}  // namespace epicura
