#include "schema/password.hpp"

#include <sodium.h>

#include <array>

#include "schema/bcrypt.hpp"
#include "schema/common_passwords.hpp"
#include "schema/utf8.hpp"

namespace epicura {

std::string hash_password(std::string_view password) {
  return hash_argon2id(password, password_cost);
}

bool verify_password(std::string_view hash, std::string_view password) {
  if (password.find('\0') != std::string_view::npos) return false;
  return hash.starts_with("$2") ? verify_bcrypt(hash, password) : verify_argon2id(hash, password);
}

bool needs_new_hash(std::string_view hash) {
  return argon2id_cost(hash) != password_cost;
}

const std::string& decoy_hash() {
  static const std::string hash = [] {
    std::array<char, 32> password{};
    randombytes_buf(password.data(), password.size());
    return hash_password({password.data(), password.size()});
  }();
  return hash;
}

std::optional<PasswordFault> check_new_password(std::string_view password) {
  constexpr std::size_t most_bytes_of_a_character = 4;
  if (password.size() > max_password_characters * most_bytes_of_a_character) return PasswordFault::too_long;
  if (password.find('\0') != std::string_view::npos) return PasswordFault::has_nul;
  const auto characters = count_code_points(password);
  if (!characters) return PasswordFault::not_utf8;
  if (*characters < min_password_characters) return PasswordFault::too_short;
  if (*characters > max_password_characters) return PasswordFault::too_long;
  if (is_common_password(password)) return PasswordFault::too_common;
  return std::nullopt;
}

}  // namespace epicura
