#include "schema/bcrypt.hpp"

#include <crypt.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string>

namespace epicura {
namespace {

// "$2b$10$" + 22 characters of salt + 31 of hash.
constexpr std::size_t hash_bytes = 60;
constexpr std::size_t head_bytes = 7;
constexpr std::size_t read_bytes = 72;  // of a password

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_bcrypt64(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '/';
}

bool is_bcrypt(std::string_view hash) {
  if (hash.size() != hash_bytes || !hash.starts_with("$2") || hash[3] != '$' || hash[6] != '$') return false;
  // `$2x$` marks hashes that crypt_blowfish before 1.1 made wrongly from passwords beyond ASCII: guessed too easily.
  if (hash[2] != 'a' && hash[2] != 'b' && hash[2] != 'y') return false;
  if (!is_digit(hash[4]) || !is_digit(hash[5])) return false;
  const int cost = (hash[4] - '0') * 10 + (hash[5] - '0');
  return cost <= max_bcrypt_cost && std::all_of(hash.begin() + head_bytes, hash.end(), is_bcrypt64);
}

}  // namespace

bool verify_bcrypt(std::string_view hash, std::string_view password) {
  if (!is_bcrypt(hash) || password.find('\0') != std::string_view::npos) return false;
  // Cut here, since crypt_r refuses what is longer than 511 bytes.
  std::array<char, read_bytes + 1> phrase{};
  std::copy_n(password.begin(), std::min(password.size(), read_bytes), phrase.begin());
  const auto room = std::make_unique<crypt_data>();  // 32 KiB
  const char* made = crypt_r(phrase.data(), std::string(hash).c_str(), room.get());
  sodium_memzero(phrase.data(), phrase.size());
  return made != nullptr && std::strlen(made) == hash_bytes && sodium_memcmp(made, hash.data(), hash_bytes) == 0;
}

}  // namespace epicura
