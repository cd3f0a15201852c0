#pragma once
// Passwords as earlier systems hashed them: bcrypt, `$2a$ $2b$ $2y$`, by libxcrypt. Only verified, never made.

#include <string_view>

namespace epicura {

constexpr int max_bcrypt_cost = 14;  // about a second; each step doubles it, and hashes that are imported say their own

// Like every bcrypt it reads the first 72 bytes of the password and no more: whoever was let in before still is.
// False also for what is no such hash (whole, 60 characters), costs more than max_bcrypt_cost, and for a password with
// a NUL, at which bcrypt would stop reading. Takes the time that the hash's cost asks for: 55 ms at cost 10. Compares
// in constant time; throws nothing but std::bad_alloc. Any thread.
bool verify_bcrypt(std::string_view hash, std::string_view password);

}  // namespace epicura
